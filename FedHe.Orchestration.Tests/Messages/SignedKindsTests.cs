using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Tests.Messages;

/// <summary>The signature of every kind of message, computed anew: no field of any kind may be left out on both sides.</summary>
public sealed class SignedKindsTests : IDisposable
{
    private static readonly Guid JobId = Guid.NewGuid();
    private static readonly ClientId Client = new("c1");
    private static readonly Digest Some = Digest.Compute("some bytes"u8);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ServerIdentity _server;
    private readonly ClientIdentity _client;

    public SignedKindsTests()
    {
        _server = new ServerIdentity(_key);
        _client = new ClientIdentity(Client, _key);
    }

    public static TheoryData<MessageKind> Kinds => new(Enum.GetValues<MessageKind>().Where(kind => kind != MessageKind.KeyRefusal));

    public void Dispose() => _key.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Signature_OfEveryKind_IsOverItsLabelAndEveryByteBeforeItsContent(MessageKind kind)
    {
        (byte[] message, string label, int content) = Write(kind);
        byte[] covered = [.. Encoding.ASCII.GetBytes(label), .. message[..^(64 + content)]];

        message[48].Should().Be((byte)kind);
        _key.VerifyData(covered, message[^64..], HashAlgorithmName.SHA256).Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Signature_OfEveryKind_VerifiesWithNoByteChanged(MessageKind kind)
    {
        (byte[] message, string label, int content) = Write(kind);
        MessageSigner signer = label.Contains("client", StringComparison.Ordinal) ? MessageSigner.Client
            : label.Contains("server", StringComparison.Ordinal) ? MessageSigner.Server : MessageSigner.Authority;

        MessageSignature.Verifies(message, signer, content, _server.VerificationKey).Should().BeTrue();
        MessageFormat.TryRead(message, Some, int.MaxValue, out _, out _).Should().BeTrue();
        for (int i = 0; i < message.Length; i++)
        {
            byte[] changed = [.. message];
            changed[i] ^= (byte)(1 << (i % 8));
            bool isContent = i >= message.Length - 64 - content && i < message.Length - 64;
            MessageSignature.Verifies(changed, signer, content, _server.VerificationKey).Should().Be(isContent, $"byte {i}");
        }
    }

    private (byte[] Message, string Label, int Content) Write(MessageKind kind)
    {
        var slot = new UploadSlot(JobId, 1, 1, Client);
        FederationMessage message = kind switch
        {
            MessageKind.KeyRequest => new KeyRequestMessage(JobId, Client, new byte[91], new byte[5]),
            MessageKind.Announcement => new Announcement(JobId, Client, Some, Digest.Compute("mask"u8), 5, true, 3, new byte[7]),
            MessageKind.Invitation => new Invitation(slot, Some, 9, wasPublished: true),
            MessageKind.Upload => new Upload(slot, new byte[20]),
            MessageKind.Acknowledgement => new Acknowledgement(JobId, Some, RefusalReason.TooLate),
            MessageKind.Aggregate => new AggregateMessage(JobId, 1, new byte[20], new byte[7]),
            MessageKind.AggregateRequest => new AggregateRequest(JobId, Client, 2, 1),
            MessageKind.Conclusion => new Conclusion(JobId, FederationOutcome.Completed, 2),
            MessageKind.KeyGrant => new KeyGrantMessage(JobId, Client, new KeyId(new byte[16]), new byte[91], new byte[9], new byte[30]),
            MessageKind.Confirmation => new Confirmation(JobId, Client, 2, Some),
            MessageKind.Confirmations => new ConfirmationsMessage(JobId, 2, ImmutableArray.Create(new RelayedConfirmation(Client, new byte[64]))),
            MessageKind.History => new HistoryMessage(JobId, [new byte[11]]),
            MessageKind.Objection => new Objection(JobId, Client, 2, Some, InspectedPart.Keys),
            MessageKind.Inquiry => new Inquiry(slot, Some, InspectedPart.Values),
            MessageKind.Showing => new Showing(slot, Some, InspectedPart.Keys, new byte[20]),
            MessageKind.CheckRequest => new CheckRequest(slot, 5, Some, 9, Some, InspectedPart.Values, new byte[20], Digest.Compute(new byte[20])),
            MessageKind.Verdict => new Verdict(Client, new UploadSlot(JobId, 1, 1, new ClientId("c2")), Some, InspectedPart.Keys, Some, IsRight: true),
            MessageKind.KeySum => new KeySumMessage(JobId, 2, new byte[11]),
            MessageKind.KeyApproval => new KeyApproval(JobId, Client, 2, Some),
            MessageKind.MemberKeyRequest => new MemberKeyRequest(JobId, 2),
            MessageKind.MemberKey => new MemberKeyMessage(JobId, Client, 1, 2, new byte[65]),
            MessageKind.BoxDelivery => new BoxDelivery(JobId, Client, 2, new byte[20]),
            MessageKind.BoxReport => new BoxReport(JobId, Client, 2, 1, [new ClientId("c2"), new ClientId("c3")]),
            MessageKind.ListOffer => new ListOffer(JobId, 2, new byte[20]),
            MessageKind.ShareAnswer => new ShareAnswer(JobId, Client, 2, Some, new byte[20]),
            MessageKind.EpochOffer => new EpochOffer(JobId, 2, Some, new byte[20]),
            MessageKind.EpochVote => new EpochVote(JobId, Client, 2, 2, Some),
            MessageKind.Epoch => new EpochMessage(JobId, 2, new byte[20]),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Give this kind of message a sample here."),
        };
        return message switch
        {
            ClientMessage own => (MessageFormat.WriteSigned(own, Some, _client), "FedHe client message v1\0", own.ContentLength),
            ServerMessage own => (MessageFormat.WriteSigned(own, Some, _server), "FedHe server message v1\0", own.ContentLength),
            _ => (MessageFormat.WriteSigned((KeyGrantMessage)message, Some, _server.Key), "FedHe authority message v1\0", 0),
        };
    }
}
