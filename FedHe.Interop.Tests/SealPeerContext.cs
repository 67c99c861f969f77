namespace FedHe.Interop.Tests;

/// <summary>What SEAL tells of a context.</summary>
/// <param name="Parameters">Its parameters as SEAL saves them.</param>
/// <param name="KeyParmsId">The identity of the key level.</param>
/// <param name="FirstParmsId">The identity of the first data level.</param>
public sealed record SealPeerContext(byte[] Parameters, byte[] KeyParmsId, byte[] FirstParmsId);
