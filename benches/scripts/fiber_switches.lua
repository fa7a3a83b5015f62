-- Coroutines that take turns: each adds to a common total and yields.

local total = 0

local function worker(id, turns)
  for _ = 1, turns do
    total = (total * 31 + id) % 1000003
    coroutine.yield()
  end
  return id
end

local function run(workers, turns)
  local ready = {}
  for id = 0, workers - 1 do
    ready[#ready + 1] = coroutine.create(worker)
    coroutine.resume(ready[#ready], id, turns)
  end
  local sum = 0
  while #ready > 0 do
    local still = {}
    for _, task in ipairs(ready) do
      local _, value = coroutine.resume(task)
      if coroutine.status(task) == "dead" then
        sum = sum + value
      else
        still[#still + 1] = task
      end
    end
    ready = still
  end
  return sum
end

print(run(100, 10000) .. " " .. total)
print(run(5000, 100) .. " " .. total)
