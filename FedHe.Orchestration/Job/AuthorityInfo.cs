using FedHe.Crypto.Identities;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Job;

/// <summary>What everyone may know of a key authority. It is part of the job, so that a relay cannot put another in its place.</summary>
/// <param name="SchemeName">The scheme of the key pair.</param>
/// <param name="ParametersId">Its parameters.</param>
/// <param name="KeyId">The key pair.</param>
/// <param name="VerificationKey">Checks the authority's signature on key grants.</param>
public sealed record AuthorityInfo(string SchemeName, Digest ParametersId, KeyId KeyId, VerificationKey VerificationKey);
