using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Client;

/// <summary>A key protection is how a job protects round keys, on the client's side: under the job's scheme or among a committee.</summary>
internal interface IKeyProtection
{
    /// <summary>Opens sums of round keys.</summary>
    IKeySumOpener Opener { get; }

    /// <summary>Verifies protected round keys without opening them, or null where there is nothing to verify.</summary>
    KeySumVerifier? Verifier { get; }

    /// <summary>Tells whether an invitation has the keys of committee members that the protection needs, and no others.</summary>
    bool HasMemberKeys(Invitation invitation);

    /// <summary>Returns the protector of the round key of an upload.</summary>
    /// <param name="invitation">The invitation, whose member keys are right.</param>
    IKeyProtector ProtectorOf(Invitation invitation);
}
