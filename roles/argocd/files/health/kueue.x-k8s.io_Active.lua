-- ClusterQueue, LocalQueue and AdmissionCheck say by their condition Active whether they admit workloads.
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Active" then
      local generation = obj.metadata.generation
      if condition.observedGeneration ~= nil and generation ~= nil and condition.observedGeneration < generation then
        return {status = "Progressing", message = "not looked at yet by Kueue"}
      end
      local text = (condition.reason or "") .. ": " .. (condition.message or "")
      if condition.status == "True" then
        return {status = "Healthy", message = text}
      end
      return {status = "Degraded", message = text}
    end
  end
end
return {status = "Progressing", message = "no condition Active yet"}
