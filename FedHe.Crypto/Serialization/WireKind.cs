namespace FedHe.Crypto.Serialization;

/// <summary>What a FedHe wire object holds. Numbers are part of the wire format and never reused.</summary>
public enum WireKind : ushort
{
    /// <summary>Scheme parameters.</summary>
    Parameters = 1,

    /// <summary>A public key.</summary>
    PublicKey = 2,

    /// <summary>A secret key in clear; only ever written by an explicit export.</summary>
    SecretKey = 3,

    /// <summary>A secret key under a password.</summary>
    PasswordProtectedSecretKey = 4,

    /// <summary>An encrypted vector.</summary>
    EncryptedVector = 5,

    /// <summary>A model layout.</summary>
    ModelLayout = 32,

    /// <summary>An encryption mask.</summary>
    EncryptionMask = 33,

    /// <summary>A client's encrypted model update.</summary>
    ModelUpdate = 34,

    /// <summary>The server's aggregate.</summary>
    Aggregate = 35,

    /// <summary>The state of an unfinished aggregation.</summary>
    AggregatorState = 36,

    /// <summary>The terms of an aggregation: layout, mask and weighting.</summary>
    AggregationTerms = 37,

    /// <summary>A federation job's description.</summary>
    FederationJob = 64,

    /// <summary>A message between the parties of a federation.</summary>
    FederationMessage = 65,

    /// <summary>A server's saved state.</summary>
    ServerState = 67,
}
