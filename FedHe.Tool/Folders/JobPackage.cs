using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;

namespace FedHe.Tool.Folders;

/// <summary>
/// A job package is what the authority hands to everybody: the description of the job and the model that all clients start from. Its
/// digest covers every byte.
/// </summary>
/// <remarks>Bytes: <c>FedHeJb1</c>, clients per round (4), length of the job (8), job, safetensors file; numbers are little-endian.</remarks>
internal sealed class JobPackage
{
    private const int HeadLength = 8 + sizeof(int) + sizeof(long);
    private const int BitsOfRoundKeys = 6;
    private const int MostClients = 1_000_000;

    private JobPackage(byte[] bytes, HeContext context, FederationJob job, int modelStart)
    {
        Bytes = bytes;
        Context = context;
        Job = job;
        ModelStart = modelStart;
    }

    public static ReadOnlySpan<byte> Magic => "FedHeJb1"u8;

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The context of the job's scheme; it holds no key.</summary>
    public HeContext Context { get; }

    public FederationJob Job { get; }

    /// <summary>Where the safetensors file of the initial model begins.</summary>
    public int ModelStart { get; }

    /// <summary>The digest that clients and server compare with what the authority told them.</summary>
    public string Digest => DigestOf(Bytes.Span);

    /// <summary>Creates the context of the scheme that protects the round keys of so many clients.</summary>
    public static HeContext CreateContext(int clientsPerRound)
        => new CkksScheme().CreateContext(CkksParameters.ForExactIntegers(BitsOfRoundKeys, clientsPerRound));

    public static byte[] Write(FederationJob job, ReadOnlySpan<byte> model)
    {
        var description = new ArrayBufferWriter<byte>();
        job.WriteTo(description);
        byte[] bytes = new byte[HeadLength + description.WrittenCount + model.Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Magic.Length), job.Settings.ClientsPerRound);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(Magic.Length + sizeof(int)), description.WrittenCount);
        description.WrittenSpan.CopyTo(bytes.AsSpan(HeadLength));
        model.CopyTo(bytes.AsSpan(HeadLength + description.WrittenCount));
        return bytes;
    }

    /// <summary>Computes the digest of a package that need not be one.</summary>
    public static string DigestOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static bool IsOne(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    public static JobPackage Read(byte[] bytes)
    {
        if (bytes.Length < HeadLength || !IsOne(bytes))
        {
            throw Damaged();
        }

        int clients = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(Magic.Length));
        long length = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(Magic.Length + sizeof(int)));
        if (clients is < 2 or > MostClients || length < 0 || length > bytes.Length - HeadLength)
        {
            throw Damaged();
        }

        HeContext context = CreateContext(clients);
        if (FederationJob.TryRead(bytes.AsSpan(HeadLength, (int)length), context.ParametersId, WireLimits.Default, out FederationJob? job, out _)
            && job.Settings.ClientsPerRound == clients
            && job.Roster.Clients.All(client => PartyFolder.IsClientName(client.Value)))
        {
            return new JobPackage(bytes, context, job, HeadLength + (int)length);
        }

        context.Dispose();
        throw Damaged();
    }

    private static ToolException Damaged() => ToolException.Refused("The job is damaged, or from another version of fedhe. Ask the authority for it again.");
}
