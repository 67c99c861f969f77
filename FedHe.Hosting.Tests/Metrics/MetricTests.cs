using System.Net;
using System.Text.Json.Nodes;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Metrics;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Metrics;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Metrics;

/// <summary>What a server does with the metrics that clients report.</summary>
[Collection("PostgreSql")]
public sealed class MetricTests : IDisposable
{
    private const string Path = "/fedhe/dashboard";

    private SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Theory]
    [StoreData(StoreKind.Folder)]
    [StoreData(StoreKind.PostgreSql)]
    public async Task Report_IsShownByClientAndRound_AlsoAfterARestart(StoreKind kind)
    {
        using var stores = new TestStores(kind);
        using var round = new Round(_federation);
        await round.JoinAsync();
        string first;
        await using (TestServer server = await StartAsync(stores))
        {
            using HttpClient http = server.Connect(certificate: null);
            await round.AnnounceAsync(http, server);
            first = await UploadAsync(round, http, server);
            (await PostAsync(http, server, Report(first, 1, ("loss", 0.25), ("acc", 1)))).Should().Be("taken");
            (await PostAsync(http, server, Report(first, 1, ("loss", 0.25), ("acc", 1)))).Should().Be("taken", "the same again changes nothing");
            (await PostAsync(http, server, Report(first, 1, ("loss", 0.5)))).Should().Be("refused OtherReport");
        }

        await using (TestServer server = await StartAsync(stores))
        {
            using HttpClient http = server.Connect(certificate: null);
            JsonNode before = await MetricsAsync(server, http);
            before.AsArray().Should().ContainSingle("one report is one");
            string second = await UploadAsync(round, http, server);
            (await PostAsync(http, server, Report(second, 1, ("loss", 0.75)))).Should().Be("taken");
            (await PostAsync(http, server, Report(first, 1, ("loss", 0.5)))).Should().Be("refused OtherReport", "the upload is of the attempt that goes on");

            JsonNode shown = (await MetricsAsync(server, http))[0]!;
            (shown["round"]!.GetValue<int>(), shown["attempt"]!.GetValue<int>()).Should().Be((1, 1));
            shown["means"]!.AsArray().Select(mean => ((string)mean!["name"]!, (double)mean["value"]!, (int)mean["clients"]!)).Should().Equal(("acc", 1, 1), ("loss", 0.5, 2));
            JsonNode own = shown["reports"]!.AsArray().Single(report => (string)report!["party"]! == first)!;
            ((double)own["values"]!["loss"]!).Should().Be(0.25);
        }
    }

    [Fact]
    public async Task Report_OfSomebodyElseOrOfNothing_IsRefused()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await StartAsync();
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        string client = await UploadAsync(round, http, server);
        string other = PartyNames.Clients.First(name => name != client);
        MetricReport report = Report(client, 1, ("loss", 1));

        (await PostAsync(http, server, Report(other, 1, ("loss", 1)))).Should().Be("refused NoUpload");
        (await PostAsync(http, server, Report(client, 2, ("loss", 1)))).Should().Be("refused NoUpload");
        (await PostAsync(http, server, Report(client, 1, ("loss", 1), attempt: 2))).Should().Be("refused NoUpload");
        (await PostAsync(http, server, report, by: other)).Should().Be("wrong-sender");
        (await PostAsync(http, server, report, by: SmallFederation.Authority)).Should().Be("not-authorized");
        (await PostAsync(http, server, MetricReport.Sign(Guid.NewGuid(), 1, 1, report.Metrics, _federation.Identities[client]))).Should().Be("wrong-sender");
        using (var forger = ClientIdentity.Create(new ClientId(client)))
        {
            (await PostAsync(http, server, MetricReport.Sign(_federation.Job.JobId, 1, 1, report.Metrics, forger))).Should().Be("wrong-sender");
        }

        (await PostAsync(http, server, client, report.Bytes[..^1])).Should().Be("malformed");
        (await PostAsync(http, server, client, new byte[MetricReport.MaxLength + 1])).Should().Be("too-long");
        (await MetricsAsync(server, http)).AsArray().Should().BeEmpty();
        (await PostAsync(http, server, report)).Should().Be("taken");
    }

    [Fact]
    public async Task Reports_Mutated_AreRefusedAndChangeNothing()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await StartAsync();
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        string client = await UploadAsync(round, http, server);
        byte[] report = Report(client, 1, ("loss", 1)).Bytes.ToArray();
        var random = new Random(12);
        for (int i = 0; i < 300; i++)
        {
            byte[] mutated = [.. report];
            mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));

            (await PostAsync(http, server, client, mutated.AsMemory(0, i % 2 == 0 ? mutated.Length : random.Next(1, mutated.Length)))).Should().BeOneOf("malformed", "wrong-sender");
        }

        (await MetricsAsync(server, http)).AsArray().Should().BeEmpty();
    }

    /// <summary>A client that made names up in each round would fill the page, and a system that keeps a series for each.</summary>
    [Fact]
    public void Names_BeyondTheFirstSixteen_AreRefused()
    {
        using IServerStore store = PartyFolder.Open(_federation.FolderOf("server"));
        MetricBoard board = MetricBoard.Open(store);
        Take(board, Report("c1", 1, [.. Enumerable.Range(0, 15).Select(i => ($"m{i}", 1.0))]));

        Take(board, Report("c1", 2, ("m0", 1), ("m99", 1))).Should().Be(MetricRefusal.None);
        Take(board, Report("c1", 3, ("m98", 1), ("m99", 1))).Should().Be(MetricRefusal.TooManyNames);
        Take(board, Report("c2", 2, ("m98", 1), ("m99", 1))).Should().Be(MetricRefusal.None, "each client has its own names");
        Take(MetricBoard.Open(store), Report("c1", 3, ("m98", 1), ("m99", 1))).Should().Be(MetricRefusal.TooManyNames);
    }

    [Fact]
    public void Mean_OfTheLargestNumbers_IsFinite()
    {
        using IServerStore store = PartyFolder.Open(_federation.FolderOf("server"));
        MetricBoard board = MetricBoard.Open(store);
        foreach (string name in PartyNames.Clients)
        {
            Take(board, Report(name, 1, ("most", double.MaxValue), ("least", -double.MaxValue)));
        }

        board.Rounds.Single().Means.Should().Equal(new MetricMean("least", -double.MaxValue, PartyNames.Clients.Count), new MetricMean("most", double.MaxValue, PartyNames.Clients.Count));
    }

    [Fact]
    public void Board_KeepsTheNewestAttemptsInMemory_AndAllOnTheDisk()
    {
        using PartyFolder store = PartyFolder.Open(_federation.FolderOf("server"));
        MetricBoard board = MetricBoard.Open(store);
        for (int round = 1; round <= 20; round++)
        {
            Take(board, Report("c1", round, ("loss", round)));
        }

        board.Rounds.Select(round => round.Round).Should().Equal(20, 19, 18, 17, 16, 15);
        MetricReport.ReadAll(store.TryRead(PartyFiles.Metrics), out _).Should().HaveCount(20);
    }

    [Fact]
    public void File_ThatIsTorn_IsCutAndGoesOn()
    {
        using PartyFolder store = PartyFolder.Open(_federation.FolderOf("server"));
        MetricReport whole = Report("c1", 1, ("loss", 1));
        store.Append(PartyFiles.Metrics, 0, (byte[])[.. whole.Bytes.Span, .. whole.Bytes.Span[..77]]);

        MetricBoard board = MetricBoard.Open(store);
        Take(board, Report("c2", 1, ("loss", 2)));

        MetricBoard.Open(store).Rounds.Single().Reports.Keys.Should().Equal("c1", "c2");
    }

    /// <summary>A file that cannot be used must not keep a server from starting, and nothing of it may be cut off that is no torn end.</summary>
    [Fact]
    public void File_ThatIsDamagedInside_IsKept_AndNoMoreIsTaken()
    {
        using PartyFolder store = PartyFolder.Open(_federation.FolderOf("server"));
        byte[] file = [.. Enumerable.Range(1, 40).SelectMany(round => Report("c1", round, ("loss", round)).Bytes.ToArray())];
        file[file.Length / 40] ^= 1;
        store.Append(PartyFiles.Metrics, 0, file);
        var faults = new List<IOException>();

        MetricBoard board = MetricBoard.Open(store, faults.Add);

        faults.Should().ContainSingle().Which.Message.Should().Contain(PartyFiles.Metrics);
        board.Rounds.Select(round => round.Round).Should().Equal([1], "what lies before the damage can be read");
        board.Invoking(one => Take(one, Report("c2", 1, ("loss", 1)))).Should().Throw<IOException>();
        store.TryRead(PartyFiles.Metrics).Should().Equal(file);
    }

    /// <summary>A file that is as long as it may be loses the older half, and a report of before is not shown twice.</summary>
    [Fact]
    public void File_ThatIsFull_LosesTheOlderHalf()
    {
        using PartyFolder store = PartyFolder.Open(_federation.FolderOf("server"));
        int length = Report("c1", 1, ("loss", 1)).Bytes.Length;
        MetricBoard board = MetricBoard.Open(store, mostBytes: 10 * length);
        for (int round = 1; round <= 11; round++)
        {
            Take(board, Report("c1", round, ("loss", round))).Should().Be(MetricRefusal.None);
        }

        MetricReport.ReadAll(store.TryRead(PartyFiles.Metrics), out _).Select(report => report.Slot.Round).Should().Equal(6, 7, 8, 9, 10, 11);
        board.Rounds.Select(round => round.Round).Should().Equal(11, 10, 9, 8, 7, 6);
        Take(board, Report("c2", 11, ("loss", 1))).Should().Be(MetricRefusal.None);
        MetricBoard.Open(store).Rounds[0].Reports.Keys.Should().Equal("c1", "c2");
    }

    /// <summary>A server that goes on from a state of before must not write what nobody can look up afterwards: one client could then fill the disk.</summary>
    [Fact]
    public void Report_OlderThanTheAttemptsInMemory_IsRefused()
    {
        using PartyFolder store = PartyFolder.Open(_federation.FolderOf("server"));
        MetricBoard board = MetricBoard.Open(store);
        for (int round = 95; round <= 100; round++)
        {
            Take(board, Report("c1", round, ("loss", round)));
        }

        Take(board, Report("c1", 50, ("loss", 1))).Should().Be(MetricRefusal.NoUpload);
        Take(MetricBoard.Open(store), Report("c2", 94, 9, ("loss", 1))).Should().Be(MetricRefusal.NoUpload);
        Take(board, Report("c2", 95, ("loss", 1))).Should().Be(MetricRefusal.None);
        MetricReport.ReadAll(store.TryRead(PartyFiles.Metrics), out _).Should().HaveCount(7);
    }

    /// <summary>A disk that fails loses no report that was acknowledged, and the server goes on.</summary>
    [Fact]
    public async Task Report_WhileTheDiskFails_CountsOnceLater()
    {
        using var folder = new TestStores(StoreKind.Folder);
        var failing = new FailingStores(folder, gap: 0, isBehind: true);
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await StartAsync(failing);
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        string client = await UploadAsync(round, http, server);

        failing.AreFailing = true;
        (await PostAsync(http, server, Report(client, 1, ("loss", 1)))).Should().Be("no-room");
        failing.AreFailing = false;
        (await MetricsAsync(server, http)).AsArray().Should().BeEmpty("what was not acknowledged is not shown");
        string answer = await PostAsync(http, server, Report(client, 1, ("loss", 1)));

        answer.Should().Be("taken");
        (await MetricsAsync(server, http)).AsArray().Should().ContainSingle();
        server.Log.Entries.Should().NotContain(entry => entry.Event == 403, "a server whose metrics cannot be written is not thrown away");
        MetricReport.ReadAll(await File.ReadAllBytesAsync(folder.PathOf(_federation.Job.JobId, PartyFiles.Metrics)), out _).Should().ContainSingle("the write that failed has happened");
        await round.RunToEndAsync(http, server);
        round.ShouldHaveEndedWithTheAverage();
    }

    /// <summary>The file of the reports is its own: neither do messages wait until reports are on the disk, nor reports for messages.</summary>
    [Fact]
    public async Task Report_InAFolder_WaitsForNoMessage()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await StartAsync();
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        string client = await UploadAsync(round, http, server);
        HostedJob job = server.Services.GetRequiredService<FedHeServer>().Jobs.Single();
        using var held = new HeldMessage();

        Task handling = Task.Run(() => job.ProposeAsync(held, CancellationToken.None));
        held.WaitUntilRead();
        string answer = await PostAsync(http, server, Report(client, 1, ("loss", 1))).WaitAsync(TimeSpan.FromSeconds(30));
        held.LetGo();
        await handling;

        answer.Should().Be("taken");
    }

    [Fact]
    public async Task Reports_ThatWaitTogether_AreCommittedTogether_AndEachIsAnswered()
    {
        await using HeldTurn turn = await HeldTurn.TakeAsync(this, uploads: 3);
        string[] clients = turn.Clients;
        HostedJob job = turn.Job;

        Task<(MetricRefusal Refusal, bool IsNew)>[] reporting =
        [
            .. clients.Select(client => job.ReportAsync(Report(client, 1, ("loss", 1)), CancellationToken.None)),
            job.ReportAsync(Report(clients[0], 1, ("loss", 1)), CancellationToken.None),
            job.ReportAsync(Report(clients[0], 1, ("loss", 2)), CancellationToken.None),
        ];
        await turn.LetGoAsync();

        (await Task.WhenAll(reporting)).Should().Equal(
            (MetricRefusal.None, true), (MetricRefusal.None, true), (MetricRefusal.None, true), (MetricRefusal.None, false), (MetricRefusal.OtherReport, false));
        turn.Commits.Should().Be(1);
        (await turn.MetricsAsync())[0]!["reports"]!.AsArray().Should().HaveCount(3);
    }

    /// <summary>A caller who has gone leaves nothing behind, however often he comes: others would have to wait until it is written.</summary>
    [Fact]
    public async Task Report_WhoseCallerIsGone_IsNotTaken()
    {
        await using HeldTurn turn = await HeldTurn.TakeAsync(this, uploads: 2);
        string[] clients = turn.Clients;
        HostedJob job = turn.Job;

        for (int i = 0; i < 100; i++)
        {
            using var gone = new CancellationTokenSource();
            Task reporting = job.ReportAsync(Report(clients[0], 1, ("loss", i)), gone.Token);
            await gone.CancelAsync();
            await reporting.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        }

        Task<(MetricRefusal Refusal, bool IsNew)> other = job.ReportAsync(Report(clients[1], 1, ("loss", 1)), CancellationToken.None);
        await turn.LetGoAsync();

        (await other).Should().Be((MetricRefusal.None, true));
        turn.Commits.Should().Be(1);
        (await turn.MetricsAsync())[0]!["reports"]!.AsArray().Select(report => (string)report!["party"]!).Should().Equal(clients[1]);
        (await job.ReportAsync(Report(clients[0], 1, ("loss", 7)), CancellationToken.None)).Should().Be((MetricRefusal.None, true), "nothing of it was taken");
    }

    /// <summary>Reports of one client wait one behind the other, and not others' behind them.</summary>
    [Fact]
    public async Task Reports_OfOneClient_HoldNoOthersUp()
    {
        await using HeldTurn turn = await HeldTurn.TakeAsync(this, uploads: 2);
        string[] clients = turn.Clients;
        HostedJob job = turn.Job;

        Task<(MetricRefusal Refusal, bool IsNew)>[] reporting =
        [
            job.ReportAsync(Report(clients[0], 1, ("loss", 1)), CancellationToken.None),
            job.ReportAsync(Report(clients[0], 1, ("loss", 2)), CancellationToken.None),
            job.ReportAsync(Report(clients[1], 1, ("loss", 3)), CancellationToken.None),
        ];
        await turn.LetGoAsync();

        (await Task.WhenAll(reporting)).Should().Equal((MetricRefusal.None, true), (MetricRefusal.OtherReport, false), (MetricRefusal.None, true));
        turn.Commits.Should().Be(1, "the first of each client are committed together");
    }

    /// <summary>No privacy budget pays for metrics, so that a server of a job with one takes none, whatever a client says.</summary>
    [Fact]
    public async Task Report_InAJobWithPrivacyTerms_IsRefused()
    {
        _federation.Dispose();
        _federation = new SmallFederation(JobMode.RoundKeys);
        PrivateJobs.Write(_federation, "server");
        await using TestServer server = await StartAsync();
        using HttpClient http = server.Connect(certificate: null);

        (await PostAsync(http, server, Report("c1", 1, ("loss", 1)))).Should().Be("refused PrivacyTerms");
    }

    private static MetricRefusal Take(MetricBoard board, MetricReport report) => board.Take(report, out _);

    private static async Task<string> UploadAsync(Round round, HttpClient http, TestServer server)
    {
        (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        await Round.SendAsync(http, server, round.Uploads[^1].Client, round.Uploads[^1].Upload);
        return round.Uploads[^1].Client;
    }

    private static Task<string> PostAsync(HttpClient http, TestServer server, MetricReport report, string? by = null)
        => PostAsync(http, server, by ?? report.Slot.Client.Value, report.Bytes);

    /// <summary>Sends bytes, and returns what became of them.</summary>
    private static async Task<string> PostAsync(HttpClient http, TestServer server, string party, ReadOnlyMemory<byte> bytes)
    {
        using HttpResponseMessage response = await http.PostAsync($"{server.PartyOf(party)}/metrics", bytes);
        return response.StatusCode switch
        {
            HttpStatusCode.Accepted => "taken",
            HttpStatusCode.UnprocessableContent => $"refused {JsonNode.Parse(await response.Content.ReadAsStringAsync())!["reason"]}",
            _ => await response.ProblemAsync(),
        };
    }

    private static async Task<JsonNode> MetricsAsync(TestServer server, HttpClient http)
        => JsonNode.Parse(await http.GetStringAsync(new Uri($"{server.Root}{Path}/snapshot")))!["jobs"]![0]!["metrics"]!;

    private MetricReport Report(string client, int round, params (string Name, double Value)[] metrics) => Report(client, round, attempt: 1, metrics);

    private MetricReport Report(string client, int round, (string Name, double Value) metric, int attempt) => Report(client, round, attempt, metric);

    private MetricReport Report(string client, int round, int attempt, params (string Name, double Value)[] metrics)
        => MetricReport.Sign(
            _federation.Job.JobId, round, attempt, RoundMetrics.Of(metrics.Select(metric => KeyValuePair.Create(metric.Name, metric.Value))), _federation.Identities[client]);

    private Task<TestServer> StartAsync(IServerStores? stores = null)
        => TestServer.StartAsync(
            _federation,
            _federation.ServerSettings(hasPins: false),
            kestrel => kestrel.Listen(IPAddress.Loopback, 0),
            services =>
            {
                if (stores is not null)
                {
                    services.AddSingleton(stores);
                }
            },
            app => app.MapFedHeDashboard(Path));

    /// <summary>A held turn is a message that a server in a folder reads until the test lets it go, while reports wait, and the commits from then on are counted.</summary>
    private sealed class HeldTurn : IAsyncDisposable
    {
        private readonly TestStores _folder = new(StoreKind.Folder);
        private readonly HeldMessage _held = new();
        private readonly FailingStores _stores;
        private readonly Round _round;
        private TestServer? _server;
        private HttpClient? _http;
        private Task _handling = Task.CompletedTask;
        private int _commits;

        private HeldTurn(SmallFederation federation)
        {
            _stores = new FailingStores(_folder, gap: 0, isBehind: false);
            _round = new Round(federation);
        }

        /// <summary>The clients that uploaded, in this order.</summary>
        public string[] Clients { get; private set; } = [];

        public HostedJob Job { get; private set; } = null!;

        /// <summary>The number of commits since the turn was taken.</summary>
        public int Commits => _stores.Commits - _commits;

        public static async Task<HeldTurn> TakeAsync(MetricTests test, int uploads)
        {
            var turn = new HeldTurn(test._federation);
            await turn._round.JoinAsync();
            turn._server = await test.StartAsync(turn._stores);
            turn._http = turn._server.Connect(certificate: null);
            await turn._round.AnnounceAsync(turn._http, turn._server);
            turn.Clients = new string[uploads];
            for (int i = 0; i < uploads; i++)
            {
                turn.Clients[i] = await UploadAsync(turn._round, turn._http, turn._server);
            }

            turn.Job = turn._server.Services.GetRequiredService<FedHeServer>().Jobs.Single();
            turn._handling = Task.Run(() => turn.Job.ProposeAsync(turn._held, CancellationToken.None));
            turn._held.WaitUntilRead();
            turn._commits = turn._stores.Commits;
            return turn;
        }

        public async Task LetGoAsync()
        {
            _held.LetGo();
            await _handling;
        }

        public Task<JsonNode> MetricsAsync() => MetricTests.MetricsAsync(_server!, _http!);

        public async ValueTask DisposeAsync()
        {
            _held.Dispose();
            _http?.Dispose();
            if (_server is not null)
            {
                await _server.DisposeAsync();
            }

            _round.Dispose();
            _folder.Dispose();
        }
    }
}
