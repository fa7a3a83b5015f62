-- Of ten requests five get a post, four a page of posts, one adds a post.
local count = 0
local body = '{"title":"a title","body":"a text of some words, as posts have them"}'
request = function()
  count = count + 1
  local turn = count % 10
  if turn == 0 then
    return wrk.format("POST", "/posts", {["Content-Type"] = "application/json"}, body)
  elseif turn % 2 == 1 then
    return wrk.format("GET", "/posts/" .. (count * 7919 % 1000 + 1))
  end
  return wrk.format("GET", "/posts?page=" .. (count % 50 + 1))
end
