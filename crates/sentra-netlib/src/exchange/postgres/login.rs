//! How a connection proves who it is. A password is never sent in clear text unless that was asked for.

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;

use super::Broken;

/// Who connects, and to what.
#[derive(Clone, Default)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password, if there is one.
    pub password: Option<String>,
    /// The database.
    pub database: String,
    /// What the server's lists of connections show.
    pub application: String,
    /// Whether the password may be sent as it is.
    pub clear_text: bool,
}

/// How far a login is.
pub(super) struct Progress {
    login: Login,
    scram: Option<ScramSha256>,
    /// Whether the server has proved that it knows the password too.
    proved: bool,
    done: bool,
}

impl Progress {
    pub fn new(login: Login) -> Self {
        Self { login, scram: None, proved: false, done: false }
    }

    /// Whether the server lets the user in.
    pub fn is_done(&self) -> bool {
        self.done
    }

    pub fn go_on(&mut self, message: Message, output: &mut BytesMut) -> Result<(), Broken> {
        match message {
            Message::AuthenticationCleartextPassword if self.login.clear_text => {
                Ok(frontend::password_message(self.password()?.as_bytes(), output)?)
            }
            Message::AuthenticationCleartextPassword => Err(Broken::Login(
                "the server wants the password in clear text; `clear_text: true` would allow it".into(),
            )),
            Message::AuthenticationMd5Password(body) => {
                let hash = md5_hash(self.login.user.as_bytes(), self.password()?.as_bytes(), body.salt());
                Ok(frontend::password_message(hash.as_bytes(), output)?)
            }
            Message::AuthenticationSasl(body) if self.scram.is_none() => {
                let offered: Vec<&str> = body.mechanisms().collect()?;
                if !offered.contains(&SCRAM_SHA_256) {
                    return Err(Broken::Login(format!(
                        "the server offers no way to log in that is known, only {offered:?}"
                    )));
                }
                let scram = ScramSha256::new(self.password()?.as_bytes(), ChannelBinding::unsupported());
                frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), output)?;
                self.scram = Some(scram);
                Ok(())
            }
            Message::AuthenticationSaslContinue(body) => {
                let scram = self.scram.as_mut().ok_or_else(out_of_turn)?;
                scram.update(body.data()).map_err(wrong)?;
                Ok(frontend::sasl_response(scram.message(), output)?)
            }
            Message::AuthenticationSaslFinal(body) => {
                self.scram.as_mut().ok_or_else(out_of_turn)?.finish(body.data()).map_err(wrong)?;
                self.proved = true;
                Ok(())
            }
            Message::AuthenticationOk if self.scram.is_some() && !self.proved => {
                Err(Broken::Login("the server did not prove that it knows the password".into()))
            }
            Message::AuthenticationOk => {
                self.done = true;
                Ok(())
            }
            Message::NoticeResponse(_) | Message::ParameterStatus(_) => Ok(()),
            _ => Err(Broken::Login("the server wants a way to log in that is not known".into())),
        }
    }

    fn password(&self) -> Result<&str, Broken> {
        let none = || Broken::Login("the server wants a password, and none was given".into());
        self.login.password.as_deref().ok_or_else(none)
    }
}

fn out_of_turn() -> Broken {
    Broken::Malformed("a part of a login that has not begun".into())
}

fn wrong(error: std::io::Error) -> Broken {
    Broken::Login(format!("the login failed: {error}"))
}
