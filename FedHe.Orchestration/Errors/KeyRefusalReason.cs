namespace FedHe.Orchestration.Errors;

/// <summary>
/// The reasons why a key authority refused a key request. The numeric values are part of the wire format.
/// </summary>
public enum KeyRefusalReason
{
    /// <summary>The bytes are not a key request, or its ephemeral key is not a valid one.</summary>
    Malformed = 1,

    /// <summary>The request is for another job.</summary>
    WrongJob = 2,

    /// <summary>The client is not on the roster.</summary>
    UnknownClient = 3,

    /// <summary>The request is not signed by the client that it names.</summary>
    BadSignature = 4,

    /// <summary>The host's authenticator did not accept the client.</summary>
    NotAuthenticated = 5,

    /// <summary>The request is for a key that the authority did not make, or for that of an epoch that it did not plan.</summary>
    UnknownKey = 6,
}
