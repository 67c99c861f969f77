using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Protection;

/// <summary>The protection of secrets on disk, computed anew from docs/wire-format.md, kind 69.</summary>
public sealed class PasswordDerivationTests
{
    private const string Password = "gr\u00fcne Wiese 2026";
    private const int Iterations = 600_000;

    private static readonly byte[] Secret = [.. Enumerable.Range(3, 50).Select(i => (byte)i)];

    [Fact]
    public void Secret_Protected_OpensWithTheDocumentedDerivation()
    {
        using var protector = new PasswordProtector(Password);
        byte[] bytes = protector.Protect(Secret, "context"u8);
        using AesGcm cipher = Cipher(bytes.AsSpan(0, 32), Iterations);
        var opened = new byte[Secret.Length];

        cipher.Decrypt(bytes.AsSpan(32, 12), bytes.AsSpan(60), bytes.AsSpan(44, 16), opened, "context"u8);

        opened.Should().Equal(Secret);
    }

    [Theory]
    [InlineData(Iterations, true)]
    [InlineData(Iterations - 1, false)]
    [InlineData(Iterations / 1000, false)]
    public void Secret_OfTheDocumentedDerivation_OpensWithItsIterationsOnly(int iterations, bool opens)
    {
        var bytes = new byte[60 + Secret.Length];
        using (AesGcm cipher = Cipher(bytes.AsSpan(0, 32), iterations))
        {
            cipher.Encrypt(bytes.AsSpan(32, 12), Secret, bytes.AsSpan(60), bytes.AsSpan(44, 16), "context"u8);
        }

        using var protector = new PasswordProtector(Password);
        using var opened = new PinnedBufferWriter();

        protector.TryUnprotect(bytes, "context"u8, opened).Should().Be(opens);
        opened.WrittenSpan.ToArray().Should().Equal(opens ? Secret : []);
    }

    [Fact]
    public void Secrets_OfOneProtector_NeverShareANonce()
    {
        using var protector = new PasswordProtector(Password);
        byte[] first = protector.Protect(Secret, default);
        byte[] second = protector.Protect(Secret, default);

        second[..32].Should().Equal(first[..32], "they share the salt and so the key");
        second[32..44].Should().NotEqual(first[32..44]);
    }

    [Fact]
    public async Task Objects_Sealed_AreBoundToTheirKindParametersAndClearPart()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var client = ClientIdentity.Create(new ClientId("north"));
        using var server = ServerIdentity.Create();

        ContextShouldCover(SealedKind.ClientIdentity, client.Save);
        ContextShouldCover(SealedKind.ServerIdentity, server.Save);
        ContextShouldCover(SealedKind.ClientKeys, bench.Keys[0].Save);
        ContextShouldCover(SealedKind.KeyAuthority, bench.Authority.Save);
        using var request = new KeyRequest(bench.Job, bench.Identities[0]);
        ContextShouldCover(SealedKind.KeyRequest, request.Save);
    }

    private static void ContextShouldCover(SealedKind kind, Action<IBufferWriter<byte>, ISecretProtector> save)
    {
        var protector = new Recorder();
        var buffer = new ArrayBufferWriter<byte>();
        save(buffer, protector);
        byte[] bytes = buffer.WrittenSpan.ToArray();
        int clearLength = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(WireHeader.SizeInBytes + 1));
        byte[] clear = bytes[(WireHeader.SizeInBytes + 5)..(WireHeader.SizeInBytes + 5 + clearLength)];

        bytes[WireHeader.SizeInBytes].Should().Be((byte)kind);
        protector.Context.Should().Equal([.. "FedHe sealed secret v1"u8, (byte)kind, .. bytes[8..40], .. clear]);
        protector.Secret.Should().NotBeEmpty();
        bytes.AsSpan().IndexOf(protector.Secret.AsSpan(0, 16)).Should().Be(-1, "no part of the secret is in clear");
    }

    private static AesGcm Cipher(ReadOnlySpan<byte> salt, int iterations)
        => new(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(Password), salt, iterations, HashAlgorithmName.SHA256, 32), 16);

    private sealed class Recorder : ISecretProtector
    {
        public byte[] Context { get; private set; } = [];

        public byte[] Secret { get; private set; } = [];

        public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context)
        {
            (Secret, Context) = (secret.ToArray(), context.ToArray());
            return [.. Enumerable.Repeat((byte)0xAB, secret.Length)];
        }

        public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret) => false;
    }
}
