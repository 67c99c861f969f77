using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;

namespace FedHe.Orchestration.Client;

/// <summary>A shared-key protection shares round keys among a committee.</summary>
internal sealed class SharedKeyProtection : IKeyProtection
{
    private readonly FederationClientSetup _setup;
    private readonly RoundKeySharing _sharing;
    private readonly VerifiedMemberKeys _members;

    /// <summary>Prepares the protection.</summary>
    /// <param name="setup">The setup of the client.</param>
    /// <param name="protocol">The protocol of the job.</param>
    /// <param name="inner">Makes sums of round keys.</param>
    public SharedKeyProtection(FederationClientSetup setup, RoundKeyProtocol protocol, KeyAdditiveContext inner)
    {
        _setup = setup;
        _sharing = new RoundKeySharing(protocol.Sharing!);
        _members = new VerifiedMemberKeys(setup.Job);
        Opener = new AnswerOpener(setup.Job, _sharing, inner, setup.Keys);
    }

    public IKeySumOpener Opener { get; }

    // No member answers for a key that anybody could check alone.
    public KeySumVerifier? Verifier => null;

    public bool HasMemberKeys(Invitation invitation) => _members.TryRead(invitation) is not null;

    public IKeyProtector ProtectorOf(Invitation invitation)
        => new SharedKeyProtector(
            _sharing,
            _setup.Job.Committee!,
            invitation.MemberKeys,
            _members.TryRead(invitation)!.Value,
            _setup.Identity);
}
