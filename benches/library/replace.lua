-- Replaces in 50 MB of text: a character by more, a word by another, and what is not there.

local file = assert(io.open(arg[1], "rb"))
local text = file:read("a")
file:close()
local wide = text:gsub("\n", "\r\n")
print(#wide .. " " .. wide:find("\r\n", 1, true) - 1)
local other = text:gsub("an", "and on")
local _, count = other:gsub("and on", "%0")
print(#other .. " " .. count)
print(#(text:gsub("nowhere in it", "")))
print(#text:upper() .. " " .. tostring(text:upper():find("AND ON", 1, true) ~= nil))
