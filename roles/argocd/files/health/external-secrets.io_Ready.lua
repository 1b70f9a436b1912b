-- ExternalSecret, SecretStore and ClusterSecretStore say by their condition Ready whether values come. An ExternalSecret's value is that
-- of an older one until its status names its generation, in a text "<generation>-<hash>". There are no functions for texts here: what
-- begins with "2-" is a text from "2-" to "2.", the character after "-".
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Ready" then
      local text = (condition.reason or "") .. ": " .. (condition.message or "")
      if condition.status ~= "True" then
        return {status = "Degraded", message = text}
      end
      if obj.kind == "ExternalSecret" and obj.metadata.generation ~= nil then
        local seen = obj.status.syncedResourceVersion or ""
        if seen < obj.metadata.generation .. "-" or seen >= obj.metadata.generation .. "." then
          return {status = "Progressing", message = "not looked at yet by its operator"}
        end
      end
      return {status = "Healthy", message = text}
    end
  end
end
return {status = "Progressing", message = "no condition Ready yet"}
