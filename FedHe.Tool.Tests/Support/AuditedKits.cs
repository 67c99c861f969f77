using System.Globalization;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Tool.Kits;

namespace FedHe.Tool.Tests.Support;

/// <summary>Kits whose server has written an audit log, and whose client north has kept heads of it.</summary>
internal sealed class AuditedKits : IDisposable
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly QuickKits _kits;
    private readonly ServerIdentity _identity;
    private readonly List<byte[]> _lines = [];

    private AuditedKits(QuickKits kits, ServerIdentity identity) => (_kits, _identity) = (kits, identity);

    public string this[string party] => _kits[party];

    public FederationJob Job => Kit.Open(this["server"]).ReadJob();

    /// <summary>The path of the description of the job.</summary>
    public string JobPath => Path.Combine(this["server"], KitFiles.Party, PartyFiles.Job);

    /// <summary>The path of the log in the kit of the server.</summary>
    public string LogPath => Path.Combine(this["server"], KitFiles.Party, PartyFiles.AuditLog);

    /// <summary>The lines of the log, each with its end.</summary>
    public IReadOnlyList<byte[]> Lines => _lines;

    /// <summary>Makes kits and a log of some entries, a minute apart, and gives north the head of each.</summary>
    public static async Task<AuditedKits> CreateAsync(int entries = 6)
    {
        QuickKits kits = await QuickKits.ProvisionAsync();
        var protector = new QuickProtector((await File.ReadAllTextAsync(Path.Combine(kits["server"], KitFiles.Password))).Trim());
        var made = new AuditedKits(kits, ServerIdentity.Load(await File.ReadAllBytesAsync(Path.Combine(kits["server"], KitFiles.Party, PartyFiles.Identity)), protector));
        List<AuditHead> heads = [];
        made._lines.AddRange(made.Write(entries, heads));
        await File.WriteAllBytesAsync(made.LogPath, Join(made._lines));
        string north = Path.Combine(kits["north"], KitFiles.Party);
        await File.WriteAllTextAsync(Path.Combine(north, PartyFiles.AuditHead), $"{heads[^1]}\n");
        await File.WriteAllLinesAsync(Path.Combine(north, PartyFiles.AuditHeads), heads.SkipLast(1).Select(head => head.ToString()));
        return made;
    }

    /// <summary>Writes a log as the server does.</summary>
    /// <param name="entries">The number of entries.</param>
    /// <param name="heads">Receives the head of each entry.</param>
    /// <param name="client">The client that all entries name.</param>
    public IReadOnlyList<byte[]> Write(int entries, List<AuditHead> heads, string client = "north")
    {
        var chain = new AuditChain(Job, _identity);
        var lines = new List<byte[]>();
        for (int i = 1; i <= entries; i++)
        {
            lines.Add(chain.Append(
                Begin.AddMinutes(i - 1), i == 1 ? AuditKind.Began : AuditKind.UploadAccepted, new AuditFact("client", client), new AuditFact("round", i.ToString(CultureInfo.InvariantCulture))));
            heads.Add(chain.Head!);
        }

        return lines;
    }

    /// <summary>Puts a file with bytes beside the kits, and returns its path.</summary>
    public string Put(string name, ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    public string PathOf(string name) => _kits.PathOf(name);

    public static byte[] Join(IEnumerable<byte[]> lines) => [.. lines.SelectMany(line => line)];

    public void Dispose()
    {
        _identity.Dispose();
        _kits.Dispose();
    }
}
