using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.Operations;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Client;

/// <summary>An outer key protection encrypts round keys under the job's scheme.</summary>
internal sealed class OuterKeyProtection : IKeyProtection
{
    private readonly OuterKeyProtector _protector;
    private readonly KeySumVerifier _verifier;

    public OuterKeyProtection(FederationClientSetup setup, RoundKeyProtocol protocol, KeyAdditiveContext inner)
    {
        IEncryptor outer = setup.Encryptor ?? setup.Keys.CreateEncryptor(setup.UploadForm);
        _protector = new OuterKeyProtector(inner, protocol.Outer!, outer);
        _verifier = new KeySumVerifier(protocol, inner, setup.Keys.CreateDecryptor(), setup.Keys.KeyId, outer.Form);
    }

    public IKeySumOpener Opener => _verifier;

    public KeySumVerifier Verifier => _verifier;

    public bool HasMemberKeys(Invitation invitation) => invitation.MemberKeys.IsEmpty;

    public IKeyProtector ProtectorOf(Invitation invitation) => _protector;
}
