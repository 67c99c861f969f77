using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;

namespace FedHe.Tool.Folders;

/// <summary>
/// A job package is what the authority hands to everybody: the description of the job and, for clients, the model that they start from.
/// Its digest covers every byte of both, so that the server, which gets no model, compares the same digest.
/// </summary>
/// <remarks>
/// Bytes: <c>FedHeJb1</c>, clients per round (4), length of the job (8), SHA-256 of the safetensors file (32), job, and the safetensors
/// file or nothing; numbers are little-endian.
/// </remarks>
internal sealed class JobPackage
{
    private const int ModelDigestStart = 8 + sizeof(int) + sizeof(long);
    private const int HeadLength = ModelDigestStart + SHA256.HashSizeInBytes;
    private const int BitsOfRoundKeys = 6;
    private const int MostClients = 1_000_000;
    private const int ParametersIdOffset = 8;

    // Whoever opens a package compares its digest with the authority's, and the model may have any number of values that its messages have room for.
    private static readonly WireLimits Limits = WireLimits.Default with { MaxValues = long.MaxValue };

    private readonly int _modelStart;

    private JobPackage(byte[] bytes, HeContext? context, FederationJob job, int modelStart)
    {
        Bytes = bytes;
        Context = context;
        Job = job;
        _modelStart = modelStart;
    }

    public static ReadOnlySpan<byte> Magic => "FedHeJb1"u8;

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The context of the scheme whose key all clients have, or null where a committee opens sums; it holds no key.</summary>
    public HeContext? Context { get; }

    /// <summary>The public context of the scheme, or of the round keys where a committee opens sums.</summary>
    public HePublicContext PublicContext => PublicContextOf(Job, Context);

    public FederationJob Job { get; }

    /// <summary>The safetensors file of the model that clients start from; nothing in the package of the server.</summary>
    public ReadOnlyMemory<byte> Model => Bytes[_modelStart..];

    /// <summary>The package without the model, as the server gets it.</summary>
    public ReadOnlyMemory<byte> WithoutModel => Bytes[.._modelStart];

    /// <summary>The digest that clients and server compare with what the authority told them.</summary>
    public string Digest => DigestOf(Bytes.Span);

    /// <summary>Returns the parameters of the scheme that protects the round keys of a given number of clients.</summary>
    public static CkksParameters ParametersOf(int clientsPerRound) => CkksParameters.ForExactIntegers(BitsOfRoundKeys, clientsPerRound);

    /// <summary>Creates the context of the scheme that protects the round keys of a given number of clients.</summary>
    public static HeContext CreateContext(int clientsPerRound) => new CkksScheme().CreateContext(ParametersOf(clientsPerRound));

    /// <summary>Returns the public context of a job.</summary>
    public static HePublicContext PublicContextOf(FederationJob job, HeContext? scheme) => scheme?.Public ?? KeyAdditiveContext.CreatePublic(job.RoundKeyParameters!);

    public static byte[] Write(FederationJob job, ReadOnlySpan<byte> model)
    {
        var description = new ArrayBufferWriter<byte>();
        job.WriteTo(description);
        byte[] bytes = new byte[HeadLength + description.WrittenCount + model.Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Magic.Length), job.Settings.ClientsPerRound);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(Magic.Length + sizeof(int)), description.WrittenCount);
        SHA256.HashData(model, bytes.AsSpan(ModelDigestStart));
        description.WrittenSpan.CopyTo(bytes.AsSpan(HeadLength));
        model.CopyTo(bytes.AsSpan(HeadLength + description.WrittenCount));
        return bytes;
    }

    /// <summary>Computes the digest of bytes that need not be a package.</summary>
    public static string DigestOf(ReadOnlySpan<byte> bytes)
        => Convert.ToHexStringLower(SHA256.HashData(TryFindModel(bytes, out int modelStart) ? bytes[..modelStart] : bytes));

    /// <summary>Tells whether bytes are a package that has its model.</summary>
    public static bool HasModel(ReadOnlySpan<byte> bytes) => TryFindModel(bytes, out int modelStart) && IsModelOf(bytes, modelStart);

    public static bool IsOne(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    public static JobPackage Read(byte[] bytes)
    {
        if (!TryFindModel(bytes, out int modelStart) || (modelStart < bytes.Length && !IsModelOf(bytes, modelStart)))
        {
            throw Damaged();
        }

        int clients = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(Magic.Length));
        if (clients is < 2 or > MostClients)
        {
            throw Damaged();
        }

        ReadOnlySpan<byte> description = bytes.AsSpan(HeadLength..modelStart);
        HeContext? context = CreateContext(clients);
        if (!TryReadJob(description, context.ParametersId, clients, hasCommittee: false, out FederationJob? job))
        {
            // The parameters of a committee's round keys follow from the job itself, which is held to them when it is read.
            context.Dispose();
            context = null;
            ReadOnlySpan<byte> id = description.Length >= ParametersIdOffset + Crypto.Identities.Digest.SizeInBytes
                ? description.Slice(ParametersIdOffset, Crypto.Identities.Digest.SizeInBytes)
                : throw Damaged();
            if (!TryReadJob(description, new Crypto.Identities.Digest(id), clients, hasCommittee: true, out job))
            {
                throw Damaged();
            }
        }

        return new JobPackage(bytes, context, job, modelStart);
    }

    /// <summary>Reads the plan of an epoch of any job from untrusted bytes, to look at it, or returns null.</summary>
    public static EpochPlan? TryReadPlan(byte[] bytes)
        => bytes.Length >= ParametersIdOffset + Crypto.Identities.Digest.SizeInBytes
            && EpochPlan.TryRead(bytes, new Crypto.Identities.Digest(bytes.AsSpan(ParametersIdOffset, Crypto.Identities.Digest.SizeInBytes)), out EpochPlan? plan, out _) ? plan : null;

    private static bool TryReadJob(
        ReadOnlySpan<byte> description, Crypto.Identities.Digest parametersId, int clients, bool hasCommittee, [NotNullWhen(true)] out FederationJob? job)
        => FederationJob.TryRead(description, parametersId, Limits, out job, out _)
            && (job.Committee is not null) == hasCommittee
            && job.Protection == JobProtection.RoundKeys
            && job.Settings.ClientsPerRound == clients
            && job.Roster.Clients.All(client => PartyFolder.IsClientName(client.Value));

    private static bool IsModelOf(ReadOnlySpan<byte> bytes, int modelStart)
        => SHA256.HashData(bytes[modelStart..]).AsSpan().SequenceEqual(bytes[ModelDigestStart..HeadLength]);

    /// <summary>Finds where the model of a package begins, which is its end where it has none.</summary>
    private static bool TryFindModel(ReadOnlySpan<byte> bytes, out int modelStart)
    {
        modelStart = 0;
        if (bytes.Length < HeadLength || !IsOne(bytes))
        {
            return false;
        }

        long length = BinaryPrimitives.ReadInt64LittleEndian(bytes[(Magic.Length + sizeof(int))..]);
        bool isWithin = length >= 0 && length <= bytes.Length - HeadLength;
        modelStart = isWithin ? HeadLength + (int)length : 0;
        return isWithin;
    }

    private static ToolException Damaged() => ToolException.Refused("The job is damaged, or from another version of fedhe. Ask the authority for it again.");
}
