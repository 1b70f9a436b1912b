-- NVIDIA's GPU operator writes into the state whether all its parts are up; what it cannot do is in the condition Error.
if obj.status == nil or obj.status.state == nil then
  return {status = "Progressing", message = "not looked at yet by its operator"}
end
if obj.status.state == "ready" then
  return {status = "Healthy", message = "ready"}
end
if obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Error" and condition.status == "True" then
      local text = (condition.reason or "") .. ": " .. (condition.message or "")
      -- Parts that are not up yet are an error to it, too.
      if condition.reason == "OperandNotReady" then
        return {status = "Progressing", message = text}
      end
      return {status = "Degraded", message = text}
    end
  end
end
return {status = "Progressing", message = obj.status.state}
