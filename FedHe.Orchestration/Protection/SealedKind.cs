namespace FedHe.Orchestration.Protection;

/// <summary>A sealed kind says what a sealed object holds. The numeric values are part of the wire format.</summary>
internal enum SealedKind : byte
{
    /// <summary>The name and the signing key of a client.</summary>
    ClientIdentity = 1,

    /// <summary>The signing key of a server.</summary>
    ServerIdentity = 2,

    /// <summary>The keys that a client was granted.</summary>
    ClientKeys = 3,

    /// <summary>The keys of a key authority.</summary>
    KeyAuthority = 4,

    /// <summary>A client's request for keys, with the ephemeral key that opens the answer.</summary>
    KeyRequest = 5,

    /// <summary>The keys of a group-key authority.</summary>
    GroupKeyAuthority = 6,

    /// <summary>The group key that a client was granted, without a key pair.</summary>
    GroupKey = 7,

    /// <summary>A client's ticket in the draw of a committee, with the value that it committed to.</summary>
    DrawTicket = 8,

    /// <summary>The name and the signing key of an administrator of a key authority.</summary>
    AdministratorIdentity = 9,
}
