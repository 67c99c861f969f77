using System.Net;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Server;

/// <summary>Messages that wait for their turn together are saved together.</summary>
public sealed class GroupTests : IDisposable
{
    private SmallFederation _federation = new();

    private string Folder => _federation.FolderOf("server");

    private string LogPath => Path.Combine(Folder, PartyFiles.Changes);

    public void Dispose() => _federation.Dispose();

    [Fact]
    public async Task Uploads_ThatWait_AreInTheLogAsOneGroup_AndEachCountsOnce()
    {
        using var round = new Round(_federation);
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        HostedJob job = await OpenAsync(round, server, http);
        List<Task<(RefusalReason Refusal, StateStamp Stamp)>> answers;
        using (var held = Hold(job))
        {
            answers = [.. round.Uploads.Take(3).Select(upload => HandAsync(job, upload.Upload, CancellationToken.None))];
            File.Exists(LogPath).Should().BeFalse();
            answers.Should().OnlyContain(answer => !answer.IsCompleted);
        }

        (RefusalReason Refusal, StateStamp Stamp)[] all = await Task.WhenAll(answers);

        all.Should().OnlyContain(answer => answer.Refusal == RefusalReason.None);
        all.Select(answer => answer.Stamp).Distinct().Should().ContainSingle("they are saved together");
        byte[] log = await File.ReadAllBytesAsync(LogPath);
        (log[3] & 0x80).Should().NotBe(0, "another change follows in the group");
        ChangeLog.Read(LogPath).Should().HaveCount(3);
        Accepted().Should().HaveCount(3).And.OnlyHaveUniqueItems();

        await round.RunToEndAsync(http, server);
        (await http.PostAsync(server.MessagesOf(round.Uploads[3].Client), round.Uploads[3].Upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        await round.RunToEndAsync(http, server);
        round.ShouldHaveEndedWithTheAverage();
    }

    [Fact]
    public async Task Message_WhoseCallerIsGone_IsNotHandedOver()
    {
        using var round = new Round(_federation);
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        HostedJob job = await OpenAsync(round, server, http);
        using var gone = new CancellationTokenSource();
        Task<(RefusalReason Refusal, StateStamp Stamp)> first, second;
        using (var held = Hold(job))
        {
            first = HandAsync(job, round.Uploads[0].Upload, gone.Token);
            second = HandAsync(job, round.Uploads[1].Upload, CancellationToken.None);
            await gone.CancelAsync();
            await first.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        }

        (await second).Refusal.Should().Be(RefusalReason.None);
        Accepted().Should().Equal(round.Uploads[1].Client);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Message_ThatCannotBeRead_FailsAlone(bool isBroken)
    {
        using var round = new Round(_federation);
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        HostedJob job = await OpenAsync(round, server, http);
        Task<(RefusalReason Refusal, StateStamp Stamp)> unreadable, other;
        using (var held = Hold(job))
        {
            MessageInfo.TryRead(round.Uploads[0].Upload.Span, out MessageInfo? info).Should().BeTrue();
            unreadable = job.HandleAsync(info!, new Unreadable(isBroken ? new ArgumentException("The file cannot be opened so.") : new IOException("The file is gone.")), CancellationToken.None);
            other = HandAsync(job, round.Uploads[1].Upload, CancellationToken.None);
        }

        await unreadable.Awaiting(task => task).Should().ThrowAsync<Exception>();
        (await other).Refusal.Should().Be(RefusalReason.None);
        job.IsReady.Should().BeTrue();
        server.Log.Entries.Should().NotContain(entry => entry.Event == 403, "the server is not thrown away for it");
        Accepted().Should().Equal(round.Uploads[1].Client);
    }

    /// <summary>The disk fails under a group: nobody has an answer but a failure, and all count once when they come again.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("mail")]
    public async Task Group_WhileTheDiskFails_CountsOnceLater(string failing)
    {
        using var round = new Round(_federation);
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        HostedJob job = await OpenAsync(round, server, http);
        string folder = Path.Combine(Folder, failing).TrimEnd(Path.DirectorySeparatorChar);
        await FailAsync(job, folder, round.Uploads.Take(3).Select(upload => upload.Upload));
        foreach ((string client, ReadOnlyMemory<byte> upload) in round.Uploads.ToList())
        {
            (await http.PostAsync(server.MessagesOf(client), upload)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        }

        await round.RunToEndAsync(http, server);
        round.ShouldHaveEndedWithTheAverage();
        AuditReport audit = AuditLog.Verify(await File.ReadAllBytesAsync(Path.Combine(Folder, PartyFiles.AuditLog)), _federation.Job);
        audit.Faults.Should().BeEmpty();
        audit.Entries.Where(entry => entry.Kind == AuditKind.UploadAccepted).Select(entry => (entry.Find("client"), entry.Find("round"), entry.Find("attempt"))).Should().OnlyHaveUniqueItems();
    }

    /// <summary>
    /// The disk fails behind the state, before any mailbox has a message. The first client, whose confirmation was taken before, sends nothing again, so what it
    /// has to learn must survive the messages behind it.
    /// </summary>
    [Fact]
    public async Task Broadcast_OfAGroupWhoseDiskFailsBehindTheState_ReachesClientsThatDoNotAsk()
    {
        _federation.Dispose();
        _federation = new SmallFederation(JobMode.RoundKeys, rounds: 1);
        using var round = new Round(_federation);
        await using TestServer server = await TestServer.StartOpenAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);
        round.HeldBack.Add(MessageKind.Confirmation);
        HostedJob job = await OpenAsync(round, server, http);
        foreach ((string Client, ReadOnlyMemory<byte> Upload) upload in round.Uploads.ToList())
        {
            (await Round.PostAsync(http, server, upload)).Should().Be(HttpStatusCode.Accepted);
        }

        await round.RunToEndAsync(http, server);
        round.Held.Should().HaveCount(4);

        // The third of four confirmations has the server tell everybody, and the fourth follows in the same group.
        (await Round.PostAsync(http, server, round.Held[0])).Should().Be(HttpStatusCode.Accepted);
        await FailAsync(job, Path.Combine(Folder, "mail"), round.Held.Skip(1).Select(confirmation => confirmation.Message));
        foreach ((string Client, ReadOnlyMemory<byte> Message) confirmation in round.Held.Skip(1))
        {
            (await Round.PostAsync(http, server, confirmation)).Should().Be(HttpStatusCode.Accepted);
        }

        await round.RunToEndAsync(http, server);
        round.Clients.Should().AllSatisfy(client => client.Value.Release.Should().Be(ModelRelease.MayBePublished));
    }

    /// <summary>Runs the job up to the uploads of the first round, of which none is sent.</summary>
    private static async Task<HostedJob> OpenAsync(Round round, TestServer server, HttpClient http)
    {
        await round.JoinAsync();
        await round.AnnounceAsync(http, server);
        while (round.Uploads.Count < 4)
        {
            (await round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        }

        return server.Services.GetRequiredService<FedHeServer>().Jobs.Single();
    }

    /// <summary>Hands messages over as one group while a folder is away, and puts it back.</summary>
    private static async Task FailAsync(HostedJob job, string folder, IEnumerable<ReadOnlyMemory<byte>> messages)
    {
        List<Task<(RefusalReason Refusal, StateStamp Stamp)>> answers;
        using (var held = Hold(job))
        {
            answers = [.. messages.Select(message => HandAsync(job, message, CancellationToken.None))];
            Directory.Move(folder, $"{folder}-away");
        }

        foreach (Task<(RefusalReason Refusal, StateStamp Stamp)> answer in answers)
        {
            await answer.Awaiting(task => task).Should().ThrowAsync<IOException>();
        }

        job.IsReady.Should().BeFalse();
        Directory.Move($"{folder}-away", folder);
    }

    private static Task<(RefusalReason Refusal, StateStamp Stamp)> HandAsync(HostedJob job, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        MessageInfo.TryRead(message.Span, out MessageInfo? info).Should().BeTrue();
        return job.HandleAsync(info!, new Stored(message), cancellationToken);
    }

    /// <summary>Holds the turn of a job, as something that takes long does.</summary>
    private static HeldMessage Hold(HostedJob job)
    {
        var held = new HeldMessage();
        _ = Task.Run(() => job.ProposeAsync(held, CancellationToken.None));
        held.WaitUntilRead();
        return held;
    }

    private IEnumerable<string> Accepted()
        => AuditLog.Verify(File.ReadAllBytes(Path.Combine(Folder, PartyFiles.AuditLog)), _federation.Job).Entries
            .Where(entry => entry.Kind == AuditKind.UploadAccepted).Select(entry => entry.Find("client")!);

    private sealed class Stored(ReadOnlyMemory<byte> bytes) : IStoredMessage
    {
        public long Length => bytes.Length;

        public byte[]? Bytes => null;

        public void CopyTo(Span<byte> destination) => bytes.Span.CopyTo(destination);
    }

    private sealed class Unreadable(Exception fault) : IStoredMessage
    {
        public long Length => 1000;

        public byte[]? Bytes => null;

        public bool IsLasting => true;

        public void CopyTo(Span<byte> destination) => throw fault;

        public Stream OpenRead() => throw fault;
    }
}
