using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>The exception for a request that the key authority refused, for the given <see cref="Reason"/>.</summary>
public sealed class KeyRefusedException : HeException
{
    /// <summary>Creates the exception for a reason.</summary>
    public KeyRefusedException(KeyRefusalReason reason)
        : base($"The key authority refused the request: {reason}. {Advice(reason)}")
    {
        Reason = reason;
    }

    /// <summary>The reason that the authority gave.</summary>
    public KeyRefusalReason Reason { get; }

    private static string Advice(KeyRefusalReason reason) => reason switch
    {
        KeyRefusalReason.WrongJob => "It answers for another job id than the request names: ask the authority of this job.",
        KeyRefusalReason.UnknownClient => "The client is not on the authority's roster: check its name, and the roster.",
        KeyRefusalReason.BadSignature => "The roster has another key for this client: check the client's identity, and the roster.",
        KeyRefusalReason.UnknownKey => "It did not make the key that the job names: ask the authority of this job, with the job in its current epoch.",
        KeyRefusalReason.NotAuthenticated => "The host's authenticator did not accept the credential: check it, and whether it has expired.",
        _ => "The request did not arrive as it was sent: send it again.",
    };
}
