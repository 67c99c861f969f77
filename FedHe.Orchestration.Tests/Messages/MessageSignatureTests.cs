using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Messages;

/// <summary>One key signs in every role here, so that nothing but the domain of the signature tells the roles apart.</summary>
public sealed class MessageSignatureTests : IDisposable
{
    private static readonly Guid JobId = Guid.NewGuid();
    private static readonly ClientId Client = new("c1");
    private static readonly Digest Parameters = Digest.Compute("parameters"u8);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ServerIdentity _server;
    private readonly ClientIdentity _client;

    public MessageSignatureTests()
    {
        _server = new ServerIdentity(_key);
        _client = new ClientIdentity(Client, _key);
    }

    [Fact]
    public void Signature_OfEachRole_CoversItsLabelAndEveryByteBefore()
    {
        ShouldCover("FedHe server message v1\0", MessageFormat.WriteSigned(new Conclusion(JobId, FederationOutcome.Completed, 2), Parameters, _server));
        ShouldCover("FedHe client message v1\0", MessageFormat.WriteSigned(new AggregateRequest(JobId, Client, 1, 0), Parameters, _client));
        ShouldCover(
            "FedHe authority message v1\0",
            MessageFormat.WriteSigned(new KeyGrantMessage(JobId, Client, new KeyId(new byte[16]), default, default, default), Parameters, _server.Key));

        void ShouldCover(string label, byte[] message)
            => _key.VerifyData((byte[])[.. Encoding.ASCII.GetBytes(label), .. message[..^64]], message[^64..], HashAlgorithmName.SHA256).Should().BeTrue();
    }

    [Fact]
    public void Signature_OfUploadAndAggregate_CoversTheDigestOfTheContentAndNotTheContent()
    {
        byte[] content = [.. Enumerable.Range(0, 10_000).Select(i => (byte)(i % 251))];
        var upload = new Upload(new UploadSlot(JobId, 1, 1, Client), content);
        var aggregate = new AggregateMessage(JobId, 1, content, new byte[20]);

        ShouldCover("FedHe client message v1\0", MessageFormat.WriteSigned(upload, Parameters, _client), (message, start) => StraightDigests.OfRange(message, start, content.Length));
        ShouldCover("FedHe server message v1\0", MessageFormat.WriteSigned(aggregate, Parameters, _server), (_, _) => Digest.Compute(content));

        void ShouldCover(string label, byte[] message, Func<byte[], int, Digest> digestOf)
        {
            byte[] head = message[..^(64 + content.Length)];
            byte[] digest = new byte[Digest.SizeInBytes];
            digestOf(message, head.Length).CopyTo(digest);
            head[^40..^8].Should().Equal(digest, "it stands before the length");
            _key.VerifyData((byte[])[.. Encoding.ASCII.GetBytes(label), .. head], message[^64..], HashAlgorithmName.SHA256).Should().BeTrue();
        }
    }

    [Fact]
    public void Signature_OfOneRole_VerifiesInNoOther()
    {
        MessageSigner[] roles = [MessageSigner.Client, MessageSigner.Server, MessageSigner.Authority];
        byte[] message = MessageFormat.WriteSigned(new Acknowledgement(JobId, Parameters, RefusalReason.None), Parameters, _server);
        foreach (MessageSigner writer in roles)
        {
            MessageSignature.Write(message, writer, contentLength: 0, _server.Key);
            roles.Where(reader => MessageSignature.Verifies(message, reader, contentLength: 0, _server.VerificationKey)).Should().Equal(writer);
        }
    }

    [Fact]
    public void Signature_WithoutALabel_DoesNotVerify()
    {
        byte[] message = MessageFormat.WriteSigned(new Conclusion(JobId, FederationOutcome.Completed, 2), Parameters, _server);
        _key.SignData(message.AsSpan()[..^64], message.AsSpan()[^64..], HashAlgorithmName.SHA256);

        MessageSignature.Verifies(message, MessageSigner.Server, contentLength: 0, _server.VerificationKey).Should().BeFalse();
    }

    [Fact]
    public void ServerIdentity_StoredAndLoaded_IsTheSameServer()
    {
        byte[] stored = _key.ExportPkcs8PrivateKey();
        var loaded = ECDsa.Create();
        loaded.ImportPkcs8PrivateKey(stored, out _);
        using var identity = new ServerIdentity(loaded);

        byte[] message = MessageFormat.WriteSigned(new Conclusion(JobId, FederationOutcome.Completed, 2), Parameters, identity);

        identity.VerificationKey.Should().Be(_server.VerificationKey);
        MessageSignature.Verifies(message, MessageSigner.Server, contentLength: 0, _server.VerificationKey).Should().BeTrue();
    }

    [Fact]
    public void ServerIdentity_OnAnotherCurve_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Action act = () => _ = new ServerIdentity(key);

        act.Should().Throw<ArgumentException>().WithMessage("*P-256*");
    }

    [Fact]
    public void Signatures_FromManyThreads_AllVerify()
    {
        Parallel.For(0, 64, i =>
        {
            byte[] message = MessageFormat.WriteSigned(new AggregateRequest(JobId, Client, i + 1, 0), Parameters, _client);
            MessageSignature.Verifies(message, MessageSigner.Client, contentLength: 0, _client.VerificationKey).Should().BeTrue();
        });
    }

    public void Dispose() => _key.Dispose();
}
