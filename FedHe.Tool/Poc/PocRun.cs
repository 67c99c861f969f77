using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Protection;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Provisioning;

namespace FedHe.Tool.Poc;

/// <summary>A trial runs all parties of a job as processes on one machine, kills and delays some of them, and ends with one model or an error.</summary>
/// <param name="plan">The plan.</param>
/// <param name="folder">The folder of the trial, which is there and empty.</param>
/// <param name="own">The words that start this program.</param>
/// <param name="say">Receives one line for each event.</param>
internal sealed class PocRun(PocPlan plan, string folder, IReadOnlyList<string> own, Action<string> say) : IAsyncDisposable
{
    private const ulong TestSeed = 1000;
    private const int TestPoints = 2000;
    private const int ShownLines = 5;

    private readonly Channel<PocNews> _news = Channel.CreateUnbounded<PocNews>();
    private readonly Dictionary<string, PocParty> _parties = new(StringComparer.Ordinal);
    private readonly List<PocMoment> _kills = [.. plan.Kills];
    private readonly List<PocMoment> _lates = [.. plan.Lates];
    private readonly long _begin = Stopwatch.GetTimestamp();
    private int _killed;

    private string Kits => Path.Combine(folder, "kits");

    /// <summary>Runs the trial.</summary>
    /// <param name="cancellationToken">Ends the trial, and all processes.</param>
    public async Task<PocResult> RunAsync(CancellationToken cancellationToken)
    {
        Prepare();
        foreach (string party in _parties.Keys.Where(party => _lates.All(late => late.Party != party)))
        {
            _parties[party].Start();
            Say($"{party} started");
        }

        await FollowAsync(cancellationToken);
        await Task.WhenAll(_parties.Values.Select(party => party.EndAsync()));
        return _kills.Count == 0 ? Conclude() : throw ToolException.Refused($"{string.Join(", ", _kills)} did not happen: no such training began.");
    }

    /// <summary>Leaves no process behind.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (PocParty party in _parties.Values)
        {
            await party.KillAsync();
            party.Dispose();
        }
    }

    /// <summary>Follows what the parties do until all clients have ended.</summary>
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var ended = new HashSet<string>(StringComparer.Ordinal);
        while (ended.Count < plan.Clients)
        {
            PocNews news = await _news.Reader.ReadAsync(cancellationToken);
            if (news.Line is string line)
            {
                await HearAsync(news.Party, line);
            }
            else if (news.IsKill)
            {
                if (_parties[news.Party].HasBegun && !ended.Contains(news.Party))
                {
                    await KillAsync(news.Party);
                    _killed++;
                }
            }
            else if (news.ExitCode == ExitCodes.Done && plan.Names.Contains(news.Party))
            {
                if (ended.Add(news.Party))
                {
                    Say($"{news.Party} ended");
                }
            }
            else
            {
                throw ToolException.Refused(string.Create(CultureInfo.InvariantCulture, $"{news.Party} ended with {news.ExitCode}. {LastLines(news.Party)}"));
            }
        }
    }

    private void Prepare()
    {
        string start = Path.Combine(folder, KitFiles.Start);
        new PocModel(new double[PocData.Dimension], bias: 0).Write(start);
        using (var provisioner = new Provisioner(plan.Describe(FreePort(), File.ReadAllBytes(start)), password => new PasswordProtector(password), TimeProvider.System))
        {
            ProvisionedJob made = provisioner.Provision(Kits);
            Say($"kits of {plan.Clients + 2} parties made; {made.Keys.Reason}");
        }

        string logs = Path.Combine(folder, "logs");
        Directory.CreateDirectory(logs);
        Add(PartyFolder.ServerName, ["server", "run", "--kit", Path.Combine(Kits, PartyFolder.ServerName), "--stop-with-input"], logs);
        Add(PartyFolder.AuthorityName, ["authority", "run", "--kit", Path.Combine(Kits, PartyFolder.AuthorityName), "--stop-with-input"], logs);
        foreach ((int i, string name) in plan.Names.Index())
        {
            string data = Path.Combine(folder, $"{name}.csv");
            PocData.Generate((ulong)i, PocPlan.PointsOf(i)).Write(data);
            Add(name, ["client", "run", "--kit", Path.Combine(Kits, name), "--stop-with-input", "--", .. own, "poc", "train", "--data", data], logs);
        }
    }

    private void Add(string name, string[] words, string logs)
        => _parties[name] = new PocParty(name, [.. own, .. words], Path.Combine(logs, $"{name}.log"), _news.Writer);

    private async Task HearAsync(string party, string line)
    {
        if (RoundOf(line, party, KitLines.Model) is > 0)
        {
            Say($"{party}: {line[(party.Length + 2)..]}");
            Strike();
        }

        if (RoundOf(line, party, KitLines.Training) is int round and > 0)
        {
            Say(string.Create(CultureInfo.InvariantCulture, $"{party}: training in round {round}"));
            await HappenAsync(party, round);
            Strike();
        }
    }

    /// <summary>Does what was asked for when a training begins: a client's at its own, and all else at the first one of the round.</summary>
    private async Task HappenAsync(string party, int round)
    {
        foreach (PocMoment kill in _kills.Where(kill => kill.Round == round && (kill.Party == party || !plan.Names.Contains(kill.Party))).ToList())
        {
            _kills.Remove(kill);
            await KillAsync(kill.Party);
        }

        foreach (PocMoment late in _lates.Where(late => late.Round <= round).ToList())
        {
            _lates.Remove(late);
            _parties[late.Party].Start();
            Say($"{late.Party} started late");
        }
    }

    // Nobody waits for it: what it asks for behind the last event is not heard any more.
    private void Strike() => _ = plan.Storm?.FollowEventAsync([.. _parties.Keys], _news.Writer);

    private async Task KillAsync(string party)
    {
        await _parties[party].KillAsync();
        Say($"{party} killed");
        _parties[party].Start();
        Say($"{party} started again");
    }

    private PocResult Conclude()
    {
        RoundNote[] notes = [.. plan.Names.Select(name => RoundNote.Read(Path.Combine(Kits, name), plan.Rounds))];
        if (notes.Any(note => note.Sha256 is null || note.Outcome != FederationOutcome.Completed) || notes.DistinctBy(note => note.Sha256).Count() > 1)
        {
            throw ToolException.Refused("The clients did not end with one model.");
        }

        PocData test = PocData.Generate(TestSeed, TestPoints);
        double before = PocModel.Read(Path.Combine(folder, KitFiles.Start)).AccuracyOn(test);
        double after = PocModel.Read(Path.Combine(Kits, plan.Names[0], notes[0].Model!)).AccuracyOn(test);
        return new PocResult(notes[0].Sha256!, before, after, _killed, Stopwatch.GetElapsedTime(_begin));
    }

    private string LastLines(string party)
    {
        string log = Path.Combine(folder, "logs", $"{party}.log");
        string[] lines = File.Exists(log) ? File.ReadAllLines(log) : [];
        return $"Its last lines, of {log}:{Environment.NewLine}  {string.Join($"{Environment.NewLine}  ", lines.TakeLast(ShownLines))}";
    }

    private void Say(string text) => say(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_begin).TotalSeconds,6:F1} s  {text}"));

    private static int? RoundOf(string line, string party, string beginning)
    {
        string start = $"{party}: {beginning} ";
        string digits = line.StartsWith(start, StringComparison.Ordinal) ? string.Concat(line.Skip(start.Length).TakeWhile(char.IsAsciiDigit)) : string.Empty;
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int round) ? round : null;
    }

    /// <summary>Finds a port that is free, which the server and its successor then use.</summary>
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>What a trial showed.</summary>
/// <param name="Sha256">SHA-256 of the file of the model that all clients have.</param>
/// <param name="AccuracyBefore">The share of test points that the first model says right.</param>
/// <param name="AccuracyAfter">The share of test points that the last model says right.</param>
/// <param name="RandomKills">The number of parties that the storm killed.</param>
/// <param name="Duration">The time that it took.</param>
internal sealed record PocResult(string Sha256, double AccuracyBefore, double AccuracyAfter, int RandomKills, TimeSpan Duration);
