using System.Net;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Server;

/// <summary>What a server acknowledged is on its disk: restarts, disks that fail, and messages that come twice or out of order.</summary>
public sealed class DurabilityTests : IDisposable
{
    private SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Theory]
    [InlineData(JobMode.Committee, false)]
    [InlineData(JobMode.Committee, true)]
    [InlineData(JobMode.RoundKeys, false)]
    [InlineData(JobMode.RoundKeys, true)]
    public async Task Job_WithARestartBehindEveryUpload_EndsWithTheAverageOfAll(JobMode mode, bool hasSumsInFiles)
    {
        _federation.Dispose();
        _federation = new SmallFederation(mode) { HasSumsInFiles = hasSumsInFiles };
        using var round = new Round(_federation);
        await round.JoinAsync();
        TestServer server = await TestServer.StartOpenAsync(_federation);
        try
        {
            using (HttpClient http = server.Connect(certificate: null))
            {
                await round.AnnounceAsync(http, server);
            }

            bool isUpload = true;
            while (isUpload)
            {
                using HttpClient http = server.Connect(certificate: null);
                isUpload = await round.AdvanceToUploadAsync(http, server);
                if (isUpload)
                {
                    (await http.PostAsync(server.MessagesOf(round.Uploads[^1].Client), round.Uploads[^1].Upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);
                    await server.DisposeAsync();
                    server = await TestServer.StartOpenAsync(_federation);
                }
            }
        }
        finally
        {
            await server.DisposeAsync();
        }

        round.ShouldHaveEndedWithTheAverage();
        int uploads = PartyNames.Clients.Count * SmallJob.Rounds;
        round.Uploads.Select(upload => Convert.ToHexString(upload.Upload.Span)).Distinct().Should().HaveCount(uploads, "whoever was asked twice sent the same bytes");
        AuditReport audit = AuditLog.Verify(await File.ReadAllBytesAsync(Path.Combine(_federation.FolderOf("server"), PartyFiles.AuditLog)), _federation.Job);
        audit.Faults.Should().BeEmpty();
        audit.Entries.Count(entry => entry.Kind == AuditKind.UploadAccepted).Should().Be(uploads);
        string sums = Path.Combine(_federation.FolderOf("server"), PartyFiles.Sums);
        (Directory.Exists(sums) ? Directory.GetFiles(sums, "*.sum").Length : 0).Should().Be(hasSumsInFiles ? 2 : 0, "the last sum, and the one before it to which clients may return");
    }

    [Fact]
    public async Task Upload_SentAgain_CountsOnce()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        while (await round.AdvanceToUploadAsync(http, server))
        {
            // Twice, and all earlier ones of all clients behind it.
            foreach ((string client, ReadOnlyMemory<byte> upload) in round.Uploads.AsEnumerable().Reverse().Prepend(round.Uploads[^1]).ToList())
            {
                using HttpResponseMessage response = await http.PostAsync(server.MessagesOf(client), upload);
                ((int)response.StatusCode).Should().BeOneOf(202, 422);
            }
        }

        round.ShouldHaveEndedWithTheAverage();
    }

    [Theory]
    [InlineData("")]
    [InlineData("mail")]
    public async Task Message_WhileTheDiskFails_CountsOnceLater(string failing)
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        (string client, ReadOnlyMemory<byte> upload) = round.Uploads[^1];
        string folder = Path.Combine(_federation.FolderOf("server"), failing).TrimEnd(Path.DirectorySeparatorChar);

        Directory.Move(folder, $"{folder}-away");
        using (HttpResponseMessage refused = await http.PostAsync(server.MessagesOf(client), upload))
        {
            refused.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
            (await refused.ProblemAsync()).Should().Be("no-room");
        }

        using (HttpResponseMessage health = await http.GetAsync(new Uri($"{server.Address}/health/ready")))
        {
            health.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        }

        Directory.Move($"{folder}-away", folder);
        (await http.PostAsync(server.MessagesOf(client), upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        await round.RunToEndAsync(http, server);
        round.ShouldHaveEndedWithTheAverage();
    }

    [Fact]
    public async Task Sampler_ThatThrows_LeavesItsTypeAloneInTheLog()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await TestServer.StartAsync(
            _federation,
            _federation.ServerSettings(hasPins: false),
            kestrel => kestrel.Listen(IPAddress.Loopback, 0),
            services => services.AddKeyedSingleton<IClientSampler>("small", new SpeakingSampler()));
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        await round.AdvanceToUploadAsync(http, server);

        server.Log.Entries.Should().Contain(entry => entry.Event == 408 && entry.Text.Contains(nameof(InvalidOperationException), StringComparison.Ordinal));
        server.Log.Entries.Should().NotContain(entry => entry.Text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disk_ThatFails_LeavesNoPathOfAMessageInTheLog()
    {
        using FederationClient client = await _federation.CreateClientAsync("c1");
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        string mail = Path.Combine(_federation.FolderOf("server"), "mail");
        Directory.Move(mail, $"{mail}-away");
        await http.PostAsync(server.MessagesOf("c1"), client.Announce());
        Directory.Move($"{mail}-away", mail);

        server.Log.Entries.Where(entry => entry.Event is 403 or 407).Should().NotBeEmpty()
            .And.OnlyContain(entry => entry.Text.Contains("code ", StringComparison.Ordinal) && !entry.Text.Contains("mail", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Clock_ThatFails_IsSeenAndGoesOn()
    {
        using FederationClient client = await _federation.CreateClientAsync("c1");
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        string folder = _federation.FolderOf("server");
        string path = Path.Combine(folder, PartyFiles.State);
        byte[] state = await File.ReadAllBytesAsync(path);

        // The disk fails, and comes back with a damaged state.
        Directory.Move(folder, $"{folder}-away");
        (await http.PostAsync(server.MessagesOf("c1"), client.Announce())).StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        await File.WriteAllBytesAsync(Path.Combine($"{folder}-away", PartyFiles.State), [1, 2, 3]);
        Directory.Move($"{folder}-away", folder);
        await HealthAsync(http, server, "live", HttpStatusCode.ServiceUnavailable);
        await HealthAsync(http, server, "ready", HttpStatusCode.ServiceUnavailable);
        server.Log.Entries.Should().Contain(entry => entry.Event == 410);

        await File.WriteAllBytesAsync(path, state);
        await HealthAsync(http, server, "live", HttpStatusCode.OK);
        await HealthAsync(http, server, "ready", HttpStatusCode.OK);
    }

    [Fact]
    public async Task Message_IsKeptUntilItIsAcknowledged()
    {
        using FederationClient client = await _federation.CreateClientAsync("c1");
        byte[] message;
        string id;
        await using (TestServer server = await TestServer.StartOpenAsync(_federation))
        {
            using HttpClient http = server.Connect(certificate: null);
            await http.PostAsync(server.MessagesOf("c1"), client.Announce());
            (id, message) = (await http.NextAsync(server.MessagesOf("c1")))!.Value;
            (await http.NextAsync(server.MessagesOf("c1"))).Should().BeEquivalentTo((id, message));
        }

        await using TestServer restarted = await TestServer.StartOpenAsync(_federation);
        using HttpClient again = restarted.Connect(certificate: null);

        // A name from before the restart deletes nothing, and hides nothing.
        (await again.DeleteMessageAsync(restarted.MessagesOf("c1"), id)).Should().Be(HttpStatusCode.NotFound);
        (string renamed, byte[] same) = (await again.NextAsync(restarted.MessagesOf("c1"), after: id))!.Value;
        same.Should().Equal(message);
        foreach ((string waiting, byte[] _) in await again.AllAsync(restarted.MessagesOf("c1")))
        {
            (await again.DeleteMessageAsync(restarted.MessagesOf("c1"), waiting)).Should().Be(HttpStatusCode.NoContent);
        }

        (await again.DeleteMessageAsync(restarted.MessagesOf("c1"), renamed)).Should().Be(HttpStatusCode.NotFound);
        (await again.NextAsync(restarted.MessagesOf("c1"))).Should().BeNull();
    }

    [Fact]
    public async Task Aggregate_ForAllClients_IsOnTheDiskOnce_AndGoneWhenAllHaveIt()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        string mail = Path.Combine(_federation.FolderOf("server"), "mail");
        var copies = new List<int>();
        round.Got = message =>
        {
            if (MessageInfo.TryRead(message, out MessageInfo? info) && info.Kind == MessageKind.Aggregate)
            {
                copies.Add(Directory.EnumerateFiles(mail, "*.message", SearchOption.AllDirectories).Count(file => File.ReadAllBytes(file).SequenceEqual(message)));
            }
        };

        await round.AnnounceAsync(http, server);
        await round.RunToEndAsync(http, server);

        round.ShouldHaveEndedWithTheAverage();
        copies.Should().HaveCount(PartyNames.Clients.Count * SmallJob.Rounds).And.OnlyContain(count => count == 1);
        Directory.GetFiles(Path.Combine(mail, "broadcasts")).Should().BeEmpty();
    }

    [Fact]
    public async Task State_FromBefore_IsRefused()
    {
        using FederationClient client = await _federation.CreateClientAsync("c1");
        string path = Path.Combine(_federation.FolderOf("server"), PartyFiles.State);
        byte[] old;
        await using (TestServer server = await TestServer.StartOpenAsync(_federation))
        {
            old = await File.ReadAllBytesAsync(path);
            using HttpClient http = server.Connect(certificate: null);
            await http.PostAsync(server.MessagesOf("c1"), client.Announce());
        }

        await File.WriteAllBytesAsync(path, old);

        (await FluentActions.Awaiting(() => TestServer.StartOpenAsync(_federation)).Should().ThrowAsync<Errors.HostingException>())
            .Which.Error.Should().Be(Errors.HostingError.FileRefused);
    }

    private sealed class SpeakingSampler : IClientSampler
    {
        public IReadOnlyList<ClientId> Sample(int round, int attempt, IReadOnlyList<ClientId> candidates, int count)
            => throw new InvalidOperationException("secret");
    }

    /// <summary>Waits until a health check has a result.</summary>
    private static async Task HealthAsync(HttpClient http, TestServer server, string check, HttpStatusCode expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        HttpStatusCode status;
        do
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.Address}/health/{check}"), limit.Token);
            status = response.StatusCode;
            await Task.Delay(10, limit.Token);
        }
        while (status != expected);
    }
}
