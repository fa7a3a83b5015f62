# JSON: records encoded to text and decoded again.
require "json"

def make_record(i)
  {
    id: i,
    name: "host-#{i}.example.com",
    score: i + 0.5,
    active: i % 3 == 0,
    note: "line one\nline \"two\"\ttab",
    owner: nil,
    tags: ["alpha", "beta", "tag#{i % 10}"],
    address: { ip: "10.0.#{i % 256}.1", port: 8000 + i % 100, open: [22, 80, 443] },
  }
end

records = Array.new(500) { |i| make_record(i) }

length = 0
sum = 0
60.times do |round|
  text = JSON.generate({ round: round, records: records })
  length += text.size
  decoded = JSON.parse(text)
  decoded["records"].each do |record|
    sum += record["id"] + record["score"] + record["address"]["port"] + record["tags"].size + record["note"].size
    sum += 1 if record["active"]
  end
end
puts "#{length} #{sum.to_i}"
