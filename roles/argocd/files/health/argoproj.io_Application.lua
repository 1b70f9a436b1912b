-- An Application is as healthy as it says; without this the waves of the root Application would not wait for each other.
local hs = {status = "Progressing", message = "not looked at yet"}
if obj.status ~= nil and obj.status.health ~= nil and obj.status.health.status ~= nil then
  hs.status = obj.status.health.status
  hs.message = obj.status.health.message or ""
end
return hs
