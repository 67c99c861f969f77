using FedHe.Crypto.Identities;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Job;

/// <summary>The public description of a key authority, which is part of the job so that no relay can replace the authority.</summary>
/// <param name="SchemeName">The scheme of the key pair.</param>
/// <param name="ParametersId">The parameters of the key pair.</param>
/// <param name="KeyId">The identity of the key pair.</param>
/// <param name="VerificationKey">Checks the authority's signature on key grants.</param>
public sealed record AuthorityInfo(string SchemeName, Digest ParametersId, KeyId KeyId, VerificationKey VerificationKey);
