using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Random;

/// <summary>
/// A hedged random source computes every seed from several independent inputs, so that a seed is new as long as one of them
/// is. It is thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// A draw computes
/// <code>
/// root = HMAC-SHA-256(K, label || process || kernel || counter || UTC ticks || timestamp || SHA-256(context)),
/// </code>
/// a frame of fixed lengths: 16 bytes label, 32 bytes from the generator of the process, 32 bytes that are read from the kernel
/// for this draw, three times 8 bytes, little-endian, and 32 bytes for the context, zeros where there is none. K is the
/// hash of the client's secret, or random bytes of the process where the client has none. Public bytes and the bytes of keys
/// are the root, or its expansion by AES-256 in counter mode (<see cref="CounterStream"/>). Secret draws for a plaintext also
/// take <see cref="PlaintextDigest"/>.
/// </para>
/// <para>
/// A machine resumed twice from one snapshot repeats the generator of the process, K and the counter. The kernel's generator
/// and the clock are in the snapshot as well, but kernels that learn of the resumption, and time, part from each other. Where
/// nothing does, two different plaintexts still have different secret randomness, unless a draw is made without the plaintext, as the errors under
/// a round key that itself depends on the plaintext are: they take the key.
/// </para>
/// Sources: Bellare, Brakerski, Naor, Ristenpart, Segev, Shacham and Yilek, "Hedged Public-Key Encryption: How to Protect
/// against Bad Randomness", ASIACRYPT 2009; Ristenpart and Yilek, "When Good Randomness Goes Bad", NDSS 2010.
/// </remarks>
internal sealed class HedgedRandomSource : EncryptionRandomSource
{
    private const int LabelLength = 16;
    private const int InputLength = 32;
    private const int FrameLength = LabelLength + (2 * InputLength) + (3 * sizeof(long)) + SHA256.HashSizeInBytes;

    private readonly HedgeInputs _inputs;
    private readonly Lazy<byte[]> _key;

    /// <summary>Creates a source over inputs.</summary>
    /// <param name="inputs">What every draw takes.</param>
    /// <param name="clientSecret">A secret of the client, or nothing.</param>
    public HedgedRandomSource(HedgeInputs inputs, ReadOnlySpan<byte> clientSecret)
    {
        _inputs = inputs;
        if (clientSecret.IsEmpty)
        {
            // Drawn at the first use, so that a missing device is the failure of an operation. A failure is not kept.
            _key = new Lazy<byte[]>(DrawKey, LazyThreadSafetyMode.PublicationOnly);
            return;
        }

        byte[] key = SecretMemory.Allocate<byte>(SHA256.HashSizeInBytes);
        SHA256.HashData(clientSecret, key);
        _key = new Lazy<byte[]>(key);
    }

    ~HedgedRandomSource()
    {
        if (_key.IsValueCreated)
        {
            CryptographicOperations.ZeroMemory(_key.Value);
        }
    }

    private static ReadOnlySpan<byte> SecretLabel => "FedHe secret   1"u8;

    private static ReadOnlySpan<byte> PublicLabel => "FedHe public   1"u8;

    private static ReadOnlySpan<byte> PlaintextLabel => "FedHe plaintext1"u8;

    /// <summary>Returns this source under the key of a client, or this source where the client has no secret.</summary>
    public HedgedRandomSource For(ReadOnlySpan<byte> clientSecret)
        => clientSecret.IsEmpty ? this : new HedgedRandomSource(_inputs, clientSecret);

    /// <inheritdoc/>
    public override void Fill(Span<byte> destination) => FillCore(destination, SecretLabel, publicContext: []);

    /// <inheritdoc/>
    public override void FillPublic(Span<byte> destination, ReadOnlySpan<byte> publicContext = default)
        => FillCore(destination, PublicLabel, publicContext);

    /// <inheritdoc/>
    public override SecretStreams DrawSecret(
        ReadOnlySpan<byte> plaintext, int maxDegreeOfParallelism, ReadOnlySpan<byte> context = default)
    {
        Span<byte> root = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> seed = stackalloc byte[SHA256.HashSizeInBytes];
        try
        {
            DrawRoot(PlaintextLabel, context, root);
            PlaintextDigest.Compute(root, plaintext, maxDegreeOfParallelism, seed);
            return new SeededStreams(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(root);
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private void FillCore(Span<byte> destination, ReadOnlySpan<byte> label, ReadOnlySpan<byte> publicContext)
    {
        Span<byte> root = stackalloc byte[SHA256.HashSizeInBytes];
        try
        {
            DrawRoot(label, publicContext, root);
            if (destination.Length <= root.Length)
            {
                root[..destination.Length].CopyTo(destination);
                return;
            }

            using var streams = new SeededStreams(root);
            using SecretStream stream = streams.Open();
            stream.Fill(destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(root);
        }
    }

    private void DrawRoot(ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> root)
    {
        Span<byte> frame = stackalloc byte[FrameLength];
        try
        {
            label.CopyTo(frame[..LabelLength]);
            Span<byte> rest = frame[LabelLength..];
            _inputs.Process.Fill(rest[..InputLength]);
            rest = rest[InputLength..];
            _inputs.Kernel.Fill(rest[..InputLength]);
            rest = rest[InputLength..];
            BinaryPrimitives.WriteInt64LittleEndian(rest, _inputs.Counter.Next());
            BinaryPrimitives.WriteInt64LittleEndian(rest[sizeof(long)..], _inputs.Clock.GetUtcNow().UtcTicks);
            BinaryPrimitives.WriteInt64LittleEndian(rest[(2 * sizeof(long))..], _inputs.Clock.GetTimestamp());
            Span<byte> contextDigest = rest[(3 * sizeof(long))..];
            contextDigest.Clear();
            if (!context.IsEmpty)
            {
                SHA256.HashData(context, contextDigest);
            }

            HMACSHA256.HashData(_key.Value, frame, root);
            GC.KeepAlive(this);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(frame);
        }
    }

    private byte[] DrawKey()
    {
        Span<byte> random = stackalloc byte[2 * InputLength];
        _inputs.Process.Fill(random[..InputLength]);
        _inputs.Kernel.Fill(random[InputLength..]);
        byte[] key = SecretMemory.Allocate<byte>(SHA256.HashSizeInBytes);
        SHA256.HashData(random, key);
        CryptographicOperations.ZeroMemory(random);
        return key;
    }
}
