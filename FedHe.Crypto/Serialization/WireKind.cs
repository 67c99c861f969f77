namespace FedHe.Crypto.Serialization;

/// <summary>
/// A wire kind says what a FedHe wire object holds. Numbers are part of the wire format, and never reused.
/// </summary>
public enum WireKind : ushort
{
    /// <summary>The object holds the parameters of a scheme.</summary>
    Parameters = 1,

    /// <summary>The object holds a public key.</summary>
    PublicKey = 2,

    /// <summary>The object holds a secret key in clear, which only an explicit export writes.</summary>
    SecretKey = 3,

    /// <summary>The object holds a secret key encrypted under a password.</summary>
    PasswordProtectedSecretKey = 4,

    /// <summary>The object holds an encrypted vector.</summary>
    EncryptedVector = 5,

    /// <summary>The object holds the public key that the parties of a threshold key made together.</summary>
    ThresholdPublicKey = 6,

    /// <summary>The object holds a message of the generation of a threshold key, for all parties.</summary>
    KeyGenerationMessage = 7,

    /// <summary>The object holds the part of a key share that one party of a threshold key deals to another, which is secret.</summary>
    DealtShare = 8,

    /// <summary>The object holds what one party of a threshold key answers to open a vector.</summary>
    PartialDecryption = 9,

    /// <summary>The object holds the ledger of the ciphertexts that one party of a threshold key has answered.</summary>
    OpeningLedger = 10,

    /// <summary>The object holds the layout of a model.</summary>
    ModelLayout = 32,

    /// <summary>The object holds an encryption mask.</summary>
    EncryptionMask = 33,

    /// <summary>The object holds the encrypted model update of a client.</summary>
    ModelUpdate = 34,

    /// <summary>The object holds the encrypted aggregate of a server.</summary>
    Aggregate = 35,

    /// <summary>The object holds the state of an unfinished aggregation.</summary>
    AggregatorState = 36,

    /// <summary>The object holds the terms of an aggregation: layout, mask and weighting.</summary>
    AggregationTerms = 37,

    /// <summary>The object holds the description of a federation job.</summary>
    FederationJob = 64,

    /// <summary>The object holds a message between the parties of a federation.</summary>
    FederationMessage = 65,

    /// <summary>The object holds the saved state of a server.</summary>
    ServerState = 67,

    /// <summary>The object holds the saved state of a client.</summary>
    ClientState = 68,

    /// <summary>The object holds a secret that a protector encrypted, such as a signing key.</summary>
    SealedSecret = 69,

    /// <summary>The object holds the ledger of a committee member.</summary>
    MemberLedger = 70,

    /// <summary>The object holds a client's commitment in the drawing of a committee.</summary>
    DrawCommitment = 71,

    /// <summary>The object holds what a client committed to in the drawing of a committee.</summary>
    DrawReveal = 72,

    /// <summary>The object holds the plan of an epoch of a federation with a committee.</summary>
    EpochPlan = 73,

    /// <summary>The object holds the certificate by which a committee begins an epoch.</summary>
    EpochCertificate = 74,

    /// <summary>The object holds what a message changed in the saved state of a server.</summary>
    ServerChange = 75,

    /// <summary>The object holds the head of a transfer: what comes in chunks, with the digest of each.</summary>
    TransferHead = 76,

    /// <summary>The object holds what a key authority asks its administrators to approve.</summary>
    ApprovalRequest = 77,

    /// <summary>The object holds the approval of an administrator of a key authority.</summary>
    Approval = 78,

    /// <summary>The object holds the metrics of a client's training for a round.</summary>
    MetricReport = 80,
}
