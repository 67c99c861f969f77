using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;

namespace FedHe.Orchestration.Client;

/// <summary>A shared-key protection shares round keys among a committee.</summary>
/// <param name="setup">The setup of the client.</param>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="inner">Makes sums of round keys.</param>
internal sealed class SharedKeyProtection(FederationClientSetup setup, RoundKeyProtocol protocol, KeyAdditiveContext inner) : IKeyProtection
{
    private readonly RoundKeySharing _sharing = new(protocol.Sharing!);

    public IKeySumOpener Opener { get; } = new AnswerOpener(setup.Job, new RoundKeySharing(protocol.Sharing!), inner, setup.Keys);

    // No member answers for a key that anybody could check alone.
    public KeySumVerifier? Verifier => null;

    public IKeyProtector ProtectorOf(Invitation invitation)
        => new SharedKeyProtector(
            _sharing,
            setup.Job.Committee!,
            invitation.MemberKeys,
            MemberKeyRules.TryRead(invitation.MemberKeys, setup.Job, invitation.Slot.Round)!.Value,
            setup.Identity);
}
