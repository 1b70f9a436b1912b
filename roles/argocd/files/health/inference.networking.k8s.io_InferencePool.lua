-- Each Gateway that refers to the pool reports as a parent. Behind a gateway that is not one of the Gateway API nobody reports.
local hs = {status = "Healthy", message = "no Gateway refers to it"}
if obj.status == nil or obj.status.parents == nil or #obj.status.parents == 0 then
  return hs
end
for _, parent in ipairs(obj.status.parents) do
  for _, condition in ipairs(parent.conditions or {}) do
    if condition.observedGeneration ~= nil and condition.observedGeneration < obj.metadata.generation then
      return {status = "Progressing", message = "not looked at yet by its Gateway"}
    end
    if (condition.type == "Accepted" or condition.type == "ResolvedRefs") and condition.status == "False" then
      local text = condition.type .. " is False: " .. (condition.reason or "") .. " " .. (condition.message or "")
      return {status = "Degraded", message = text}
    end
  end
end
hs.message = #obj.status.parents .. " Gateway(s) accepted it"
return hs
