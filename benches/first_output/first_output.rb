puts "ready"
$stdout.flush
gets
