print("ready", flush=True)
input()
