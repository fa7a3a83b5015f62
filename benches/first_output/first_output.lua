print("ready")
io.stdout:flush()
io.read()
