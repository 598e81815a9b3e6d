-- For wrk: POST bodies of a file, a line each, from another place for each thread; @ stands for a number that is new each time.
local bodies, place, count = {}, 0, 0
function setup(thread) thread:set("first", place); place = place + 97 end
function init(args)
  for line in io.lines(args[1]) do bodies[#bodies + 1] = line end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  if args[2] and args[2] ~= "" then wrk.headers["Authorization"] = "Bearer " .. args[2] end
  place = first or 0
  count = (os.time() * 1000 + place * 5000) % 1000000 -- no thread asks what another has asked
  pause = tonumber(args[3] or "0")
  if pause > 0 then delay = function() return pause end end
end
function request()
  place, count = place % #bodies + 1, (count + 1) % 1000000
  return wrk.format(nil, nil, nil, (bodies[place]:gsub("@", string.format("%06d", count))))
end
