using System.Text;
using FedHe.Hosting.AspNetCore.Audit;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Host.Federations;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Audit;

/// <summary>What a log says of a job that ran, and what is found of everything that somebody does to it.</summary>
public sealed class AuditLogTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Fact]
    public async Task Log_OfAJob_SaysWhatHappenedOnce()
    {
        AuditHead head = await RunAsync();

        AuditReport report = AuditLog.Verify(ReadLog(), _federation.Job, head);

        report.Faults.Should().BeEmpty();
        report.VouchedFor.Should().Be(head.Number);
        report.Entries.Where(entry => entry.Kind == AuditKind.UploadAccepted).Select(entry => (entry.Find("client"), entry.Find("round")))
            .Should().OnlyHaveUniqueItems().And.HaveCount(PartyNames.Clients.Count * SmallJob.Rounds);
        report.Entries.Where(entry => entry.Kind == AuditKind.SumPublished).Should().HaveCount(SmallJob.Rounds)
            .And.OnlyContain(entry => entry.Find("contributors") == "c1 c2 c3 c4" && entry.Find("list")!.Length == 64);
        report.Entries.Select(entry => entry.Kind).Should().StartWith([AuditKind.Began, AuditKind.Started])
            .And.ContainSingle(kind => kind == AuditKind.Concluded);
        report.Entries.Where(entry => entry.Kind == AuditKind.Concluded).Should().OnlyContain(entry => entry.Find("outcome") == "Completed");
        report.Entries.SelectMany(entry => entry.Facts).Select(fact => fact.Name).Distinct().Where(name => !name.StartsWith("refused", StringComparison.Ordinal)).Should().BeSubsetOf(
            [
                "job", "digest", "rounds", "clients", "fewestContributors", "protection", "mask", "encryptedValues", "clearValues", "state", "members", "answers",
                "fedhe", "host", "runtime", "system", "client", "round", "attempt", "bytes", "contributors", "chain", "list", "sum", "invited", "contributed",
                "bytesReceived", "message", "reason", "outcome", "lastRound",
            ],
            "no value, weight, key or noise is among them");
    }

    [Theory]
    [InlineData("remove", AuditError.WrongNumber)]
    [InlineData("swap", AuditError.WrongNumber)]
    [InlineData("double", AuditError.WrongNumber)]
    [InlineData("change", AuditError.WrongPrevious)]
    [InlineData("change and hash again", AuditError.BadSignature)]
    [InlineData("sign by another", AuditError.BadSignature)]
    [InlineData("write otherwise", AuditError.Malformed)]
    [InlineData("name a fact twice", AuditError.Malformed)]
    [InlineData("behead", AuditError.OtherJob)]
    [InlineData("cut the end", AuditError.Truncated)]
    [InlineData("cut within the end", AuditError.Torn)]
    [InlineData("empty", AuditError.Empty)]
    public async Task Log_ThatSomebodyHandled_IsFoundOut(string how, AuditError expected)
    {
        AuditHead head = await RunAsync();
        List<string> lines = [.. Encoding.UTF8.GetString(ReadLog()).TrimEnd('\n').Split('\n')];
        int at = lines.FindIndex(line => line.Contains("UploadAccepted", StringComparison.Ordinal));
        string end = "\n";
        switch (how)
        {
            case "remove":
                lines.RemoveAt(at);
                break;
            case "swap":
                (lines[at], lines[at + 1]) = (lines[at + 1], lines[at]);
                break;
            case "double":
                lines.Insert(at, lines[at]);
                break;
            case "change":
                lines[at] = lines[at].Replace("\"client\":\"c1\"", "\"client\":\"c2\"", StringComparison.Ordinal).Replace("\"round\":\"1\"", "\"round\":\"2\"", StringComparison.Ordinal);
                break;
            case "change and hash again":
                lines = [.. HashAgain(lines.Select(line => line.Replace("\"round\":\"1\"", "\"round\":\"2\"", StringComparison.Ordinal)))];
                break;
            case "sign by another":
                lines = [.. SignByAnother(lines)];
                break;
            case "write otherwise":
                lines[at] = lines[at].Replace("\"facts\":", "\"facts\": ", StringComparison.Ordinal);
                break;
            case "name a fact twice":
                lines[at] = lines[at].Replace("\"facts\":{", "\"facts\":{\"client\":\"c4\",", StringComparison.Ordinal);
                break;
            case "behead":
                lines.RemoveAt(0);
                break;
            case "cut the end":
                lines.RemoveAt(lines.Count - 1);
                break;
            case "cut within the end":
                (lines[^1], end) = (lines[^1][..^7], string.Empty);
                break;
            default:
                (lines, end) = ([], string.Empty);
                break;
        }

        byte[] handled = Encoding.UTF8.GetBytes(string.Join('\n', lines) + end);

        AuditLog.Verify(handled, _federation.Job, head).Faults.Select(fault => fault.Error).Should().Contain(expected);
        if (expected is not (AuditError.Truncated or AuditError.Torn or AuditError.Empty))
        {
            AuditLog.Verify(handled, _federation.Job).IsIntact.Should().BeFalse("this is found without any head");
        }
    }

    [Fact]
    public async Task Log_CutOffAtTheEnd_IsIntactToWhoHasNoHead()
    {
        await RunAsync();
        byte[] log = ReadLog();

        AuditReport report = AuditLog.Verify(log.AsMemory(0, Array.LastIndexOf(log, (byte)'\n', log.Length - 2) + 1), _federation.Job);

        report.IsIntact.Should().BeTrue("this is the limit that docs/hosting.md names");
        report.VouchedFor.Should().Be(0);
    }

    [Fact]
    public async Task Log_WrittenAnewByTheServer_IsFoundOutByAHead()
    {
        AuditHead head = await RunAsync();
        using ServerIdentity identity = LoadIdentity();
        var chain = new AuditChain(_federation.Job, identity);
        byte[] anew = [.. AuditLog.Verify(ReadLog(), _federation.Job).Entries.SelectMany(entry => chain.Append(entry.Time, entry.Kind, [.. entry.Facts, new AuditFact("more", "1")]))];

        AuditLog.Verify(anew, _federation.Job).IsIntact.Should().BeTrue();
        AuditLog.Verify(anew, _federation.Job, head).Faults.Should().Equal(new AuditFault(AuditError.Rewritten, head.Number));
    }

    [Fact]
    public async Task Head_OfSomebodyElse_SaysNothing()
    {
        AuditHead head = await RunAsync();
        using var stranger = new SmallFederation();

        head.IsOf(stranger.Job).Should().BeFalse();
        AuditHead.TryParse(head.ToString(), out AuditHead? read).Should().BeTrue();
        read.Should().Be(head);
        AuditHead.TryParse(head.ToString().Replace($"{head.Number}.", $"{head.Number + 1}.", StringComparison.Ordinal), out AuditHead? moved).Should().BeTrue();
        moved!.IsOf(_federation.Job).Should().BeFalse();
        AuditLog.Verify(ReadLog(), _federation.Job, moved).Faults.Should().Equal(new AuditFault(AuditError.BadHead, moved.Number));
    }

    [Fact]
    public void Entry_ThatCannotBeRead_IsNotWritten()
    {
        using ServerIdentity identity = LoadIdentity();
        var chain = new AuditChain(_federation.Job, identity);

        chain.Invoking(one => one.Append(DateTimeOffset.UnixEpoch, AuditKind.Started, new AuditFact("a", "1"), new AuditFact("a", "2"))).Should().Throw<ArgumentException>();
        chain.Invoking(one => one.Append(DateTimeOffset.UnixEpoch, AuditKind.Started, new AuditFact("a", new string('x', 2 << 20)))).Should().Throw<ArgumentException>();
        chain.Head.Should().BeNull();
    }

    [Fact]
    public void Page_OfHostileTexts_HasNoneOfTheirMarkup()
    {
        using ServerIdentity identity = LoadIdentity();
        var chain = new AuditChain(_federation.Job, identity);
        byte[] log =
        [
            .. chain.Append(DateTimeOffset.UnixEpoch, AuditKind.Began, new AuditFact("<b>", "<script>alert('1')</script>")),
            .. chain.Append(DateTimeOffset.UnixEpoch, AuditKind.MessageRefused, new AuditFact("client", "\"><img src=x onerror=alert(1)>\u202e"), new AuditFact("reason", "`&\u0000")),
            .. chain.Append(DateTimeOffset.UnixEpoch, AuditKind.SumPublished, new AuditFact("round", "<i>"), new AuditFact("contributors", "</td><td onclick=x>")),
        ];

        string page = AuditPage.Write(AuditLog.Verify(log, _federation.Job), _federation.Job);

        page.Should().Contain("default-src 'none'; style-src 'sha256-").And.Contain("&lt;script&gt;").And.Contain("All 3 entries are signed");
        page.Should().NotContainAny("<script", "<img", "<b>", "<i>", "<td onclick", "\u202e", "\u0000", "http:", "https:");
    }

    [Fact]
    public async Task Log_OfAJobWithTerms_SaysWhatMovesTheModelAndWhatTravels()
    {
        using var federation = new SmallFederation(JobMode.RoundKeys);
        foreach ((UpdateTerms terms, string[] facts, string words) in new[]
        {
            (new UpdateTerms(UpdateKind.Difference, optimizer: ServerOptimizer.Adam(0.125)), (string[])["optimizer=Adam", "learningRate=0.125"], "Adam, with a learning rate of 0.125"),
            (new UpdateTerms(UpdateKind.Difference, squeeze: new SparsificationTerms(4, 3, 2)), ["squeezedTo=4", "rotating=3", "warmUpRounds=2"], "4 in a round, of which 3 take turns; all of them do in the first 2 sums"),
        })
        {
            FederationJob job = TermedJobs.Describe(federation, terms);
            TermedJobs.Write(federation, "server", job);
            await using (await TestServer.StartOpenAsync(federation))
            {
            }

            string path = Path.Combine(federation.FolderOf("server"), PartyFiles.AuditLog);
            AuditReport report = AuditLog.Verify(await File.ReadAllBytesAsync(path), job);
            report.Faults.Should().BeEmpty();
            report.Entries[0].Facts.Select(fact => $"{fact.Name}={fact.Value}").Should().Contain(facts);
            AuditPage.Write(report, job).Should().Contain(words);
            foreach (string name in (string[])[PartyFiles.AuditLog, PartyFiles.NewestAudit, PartyFiles.State, PartyFiles.NewestState])
            {
                File.Delete(Path.Combine(federation.FolderOf("server"), name));
            }
        }

        AuditPage.Write(AuditLog.Verify(ReadOnlyMemory<byte>.Empty, _federation.Job), _federation.Job).Should().Contain("the job has none");
    }

    [Fact]
    public void Facts_OfAJobWithCorrectedGradients_SayHowFarControlsGo()
        => UpdateFacts.Of(new UpdateTerms(UpdateKind.Difference, controls: new ControlTerms(0.25, globalStep: 0.5))).Select(fact => $"{fact.Name}={fact.Value}")
            .Should().Equal("controlBound=0.25", "globalStep=0.5");

    [Fact]
    public async Task Page_OfABrokenLog_SaysWhat()
    {
        AuditHead head = await RunAsync();
        List<string> lines = [.. Encoding.UTF8.GetString(ReadLog()).TrimEnd('\n').Split('\n')];
        lines.RemoveAt(3);

        string page = AuditPage.Write(AuditLog.Verify(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), _federation.Job, head), _federation.Job);

        page.Should().Contain("Line 4: the number is not the next one");
    }

    private async Task<AuditHead> RunAsync()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        await round.RunToEndAsync(http, server);

        // A message that is refused, and the head behind it.
        using HttpResponseMessage last = await http.PostAsync(server.MessagesOf(round.Uploads[0].Client), round.Uploads[0].Upload);
        AuditHead.TryParse(last.Headers.GetValues("FedHe-Audit").Single(), out AuditHead? head).Should().BeTrue();
        return head!;
    }

    private byte[] ReadLog() => File.ReadAllBytes(Path.Combine(_federation.FolderOf("server"), PartyFiles.AuditLog));

    private ServerIdentity LoadIdentity()
        => ServerIdentity.Load(File.ReadAllBytes(Path.Combine(_federation.FolderOf("server"), PartyFiles.Identity)), _federation.Protector);

    /// <summary>Writes all lines anew, each with the digest of the one before it, and with the signatures that there are.</summary>
    private static IEnumerable<string> HashAgain(IEnumerable<string> lines)
    {
        string? previous = null;
        foreach (string line in lines)
        {
            int at = line.IndexOf("\"previous\":\"", StringComparison.Ordinal) + 12;
            string hashed = previous is null ? line : string.Concat(line.AsSpan(0, at), previous, line.AsSpan(at + 64));
            int end = hashed.IndexOf(",\"signature\"", StringComparison.Ordinal);
            previous = Crypto.Identities.Digest.Compute(Encoding.UTF8.GetBytes($"{hashed.AsSpan(0, end)}}}")).ToString();
            yield return hashed;
        }
    }

    private IEnumerable<string> SignByAnother(IReadOnlyList<string> lines)
    {
        using var stranger = new SmallFederation();
        using ServerIdentity identity = ServerIdentity.Load(File.ReadAllBytes(Path.Combine(stranger.FolderOf("server"), PartyFiles.Identity)), stranger.Protector);
        var chain = new AuditChain(stranger.Job, identity);
        string own = _federation.Job.Digest.ToString();
        return [.. HashAgain(AuditLog.Verify(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), _federation.Job).Entries
            .Select(entry => Encoding.UTF8.GetString(chain.Append(entry.Time, entry.Kind, [.. entry.Facts])).TrimEnd('\n').Replace(stranger.Job.Digest.ToString(), own, StringComparison.Ordinal)))];
    }
}
