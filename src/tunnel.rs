//! A proxy that opens a way through to whatever it is asked for (RFC 9110, section 9.3.6), and notes what it was asked.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The proxy, which lives as long as the test.
pub struct Tunnel {
    /// Its port on the loopback.
    pub port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    /// Starts it. Who asks for a name gets to the loopback, whatever the name.
    ///
    /// # Panics
    ///
    /// If no port can be had.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("a listener has an address").port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let noted = Arc::clone(&noted);
                thread::spawn(move || serve(stream, &noted));
            }
        });
        Self { port, heads }
    }

    /// The heads of the requests so far.
    ///
    /// # Panics
    ///
    /// If a thread of the proxy has panicked.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no thread has panicked").clone()
    }
}

fn serve(mut client: TcpStream, noted: &Mutex<Vec<String>>) -> io::Result<()> {
    let head = read_head(&mut client)?;
    let port = head.split(' ').nth(1).and_then(|place| place.rsplit(':').next()?.parse::<u16>().ok());
    noted.lock().expect("no thread has panicked").push(head);
    let Some(port) = port else { return client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n") };
    let server = TcpStream::connect(("127.0.0.1", port))?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || pass(from_client, to_server));
    pass(server, client);
    Ok(())
}

/// Not a byte more than the head: what follows is for the server.
fn read_head(client: &mut TcpStream) -> io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    // However it ends, the other side is told.
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
