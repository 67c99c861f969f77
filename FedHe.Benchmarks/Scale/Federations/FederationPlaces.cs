using System.Buffers;
using FedHe.Benchmarks.Starts;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;

namespace FedHe.Benchmarks.Scale.Federations;

/// <summary>Federation places are what the processes of a federation find in their folder: the job, identities and keys, states, and the folders of sums and of each client.</summary>
/// <param name="folder">The folder.</param>
internal sealed class FederationPlaces(string folder)
{
    // Headers of jobs have the identity of the parameters behind magic, kind and version.
    private const int ParametersIdOffset = 8;

    public string Folder => folder;

    public string Sums => Path.Combine(folder, "sums");

    public string ServerState => Path.Combine(folder, "server.state");

    public static HeContext CreateContext(int threads) => new CkksScheme().CreateContext(options: new HeContextOptions { MaxDegreeOfParallelism = threads });

    public string FilesOf(int client) => Path.Combine(folder, $"client-{client}");

    public string StateOf(int client) => Path.Combine(folder, $"client-{client}.state");

    /// <summary>Describes a job of one round under round keys of an authority, and keeps what its parties need.</summary>
    public async Task<FederationJob> CreateAsync(ScaleOptions options)
    {
        byte[] storeKey = System.Security.Cryptography.RandomNumberGenerator.GetBytes(StartProtector.KeySizeInBytes);
        File.WriteAllBytes(StoreKey, storeKey);
        var protector = new StartProtector(storeKey);
        using HeContext context = CreateContext(options.Threads);
        ClientIdentity[] identities = [.. Enumerable.Range(0, options.Clients).Select(i => ClientIdentity.Create(new ClientId($"client-{i}")))];
        ClientRoster roster = ClientRoster.Of(identities);
        var jobId = Guid.NewGuid();
        using var authority = new KeyAuthority(jobId, context, roster, new RosterAuthenticator());
        using var server = ServerIdentity.Create();
        ModelLayout layout = ScaleParties.LayoutOf(options.Params, ElementType.BFloat16);
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Hidden, GeneratedValues.MaxWeight, new TransferPrecision(options.Precision, options.Clients));
        var settings = new FederationSettings
        {
            Rounds = 1,
            ClientsPerRound = options.Clients,
            Quorum = options.Clients,
            MinimumContributors = options.Clients,
            MinimumEffectiveContributors = 1,
            RoundDeadline = TimeSpan.FromDays(10),
            WaitingTime = TimeSpan.FromDays(10),
        };
        var job = new FederationJob(
            jobId, authority.Info, server.VerificationKey, roster, terms, FederationJob.DigestOf(new ZeroModel(layout)), settings, protection: JobProtection.RoundKeys);
        Write(JobFile, job.WriteTo);
        Write(ServerFile, bytes => server.Save(bytes, protector));
        for (int client = 0; client < identities.Length; client++)
        {
            Directory.CreateDirectory(FilesOf(client));
            using var request = new KeyRequest(job, identities[client]);
            using ClientKeys keys = request.Open(context, (await authority.HandleAsync(request.Bytes)).Answer);
            Write(KeysOf(client), bytes => keys.Save(bytes, protector));
            Write(IdentityOf(client), bytes => identities[client].Save(bytes, protector));
            identities[client].Dispose();
        }

        Directory.CreateDirectory(Sums);
        return job;
    }

    public FederationJob ReadJob()
    {
        byte[] bytes = File.ReadAllBytes(JobFile);
        var limits = new WireLimits(long.MaxValue, int.MaxValue);
        return FederationJob.TryRead(bytes, new Digest(bytes.AsSpan(ParametersIdOffset, Digest.SizeInBytes)), limits, out FederationJob? job, out FormatError reason)
            ? job
            : throw new InvalidOperationException($"The job of the federation is refused: {reason}.");
    }

    public ServerIdentity ReadServer() => ServerIdentity.Load(File.ReadAllBytes(ServerFile), new StartProtector(File.ReadAllBytes(StoreKey)));

    public ClientIdentity ReadIdentity(int client) => ClientIdentity.Load(File.ReadAllBytes(IdentityOf(client)), new StartProtector(File.ReadAllBytes(StoreKey)));

    public ClientKeys ReadKeys(int client, HeContext context) => ClientKeys.Load(File.ReadAllBytes(KeysOf(client)), new StartProtector(File.ReadAllBytes(StoreKey)), context);

    /// <summary>Writes a state in the place of the one before, as a host does.</summary>
    public static void WriteDurably(string path, byte[] bytes)
    {
        string part = path + ".part";
        using (var file = new FileStream(part, FileMode.Create))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(part, path, overwrite: true);
    }

    private string StoreKey => Path.Combine(folder, "store.key");

    private string JobFile => Path.Combine(folder, "job");

    private string ServerFile => Path.Combine(folder, "server.identity");

    private string IdentityOf(int client) => Path.Combine(folder, $"client-{client}.identity");

    private string KeysOf(int client) => Path.Combine(folder, $"client-{client}.keys");

    private static void Write(string path, Action<IBufferWriter<byte>> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        write(bytes);
        File.WriteAllBytes(path, bytes.WrittenSpan.ToArray());
    }
}
