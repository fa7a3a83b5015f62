-- Takes the fields of each line of a log of 50 MB and adds up what was sent by status, by Lua's own patterns.

local sent = {}
local last
for line in io.lines(arg[1]) do
  local _, _, _, path, status, bytes =
    line:match('^(%S+) %S+ %S+ %[([^%]]+)%] "(%S+) (%S+) [^"]*" (%d%d%d) (%d+)')
  if path then
    sent[status] = (sent[status] or 0) + tonumber(bytes)
    last = path
  end
end
local statuses = {}
for status in pairs(sent) do statuses[#statuses + 1] = status end
table.sort(statuses)
for _, status in ipairs(statuses) do print(status .. " " .. sent[status]) end
print(last)
