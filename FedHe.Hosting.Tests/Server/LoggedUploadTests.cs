using System.Net;
using FedHe.Crypto.Identities;
using FedHe.Hosting.AspNetCore.Endpoints;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Transfers;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Server;

/// <summary>The log refers to an upload that came in chunks, whose file is a part of the log until a state has it, whenever the process ends.</summary>
public sealed class LoggedUploadTests : IDisposable
{
    private readonly TransferBench _bench = new(JobMode.RoundKeys);

    public void Dispose() => _bench.Dispose();

    private string ServerFolder => _bench.Federation.FolderOf("server");

    private string StatePath => Path.Combine(ServerFolder, PartyFiles.State);

    private string LogPath => Path.Combine(ServerFolder, PartyFiles.Changes);

    private string MarkPath => Directory.GetFiles(_bench.Folder, "*.kept").Single();

    private string BytesPath => Directory.GetFiles(_bench.Folder, "*.bytes").Single();

    [Fact]
    public async Task Upload_InChunks_IsWrittenOnce()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        await using TestServer _ = server;
        byte[] state = await File.ReadAllBytesAsync(StatePath);

        (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);

        (await File.ReadAllBytesAsync(StatePath)).Should().Equal(state);
        new FileInfo(LogPath).Length.Should().BeLessThan(upload.Length / 2);
        (await File.ReadAllBytesAsync(BytesPath)).Should().Equal(upload.ToArray());
        await _bench.Round.RunToEndAsync(http, server);
        Directory.GetFiles(_bench.Folder).Should().NotContain(file => file.EndsWith(".bytes", StringComparison.Ordinal) || file.EndsWith(".kept", StringComparison.Ordinal), "a state has it");
        _bench.ShouldHaveEnded();
    }

    /// <summary>A process is killed between any two writes of a step, and within the write of the log.</summary>
    [Theory]
    [InlineData("before the log has the upload", false)]
    [InlineData("behind the mark, before the log has the upload", false)]
    [InlineData("within the first frame of the log", false)]
    [InlineData("one byte before the end of the log", false)]
    [InlineData("behind the log", true)]
    [InlineData("behind the newest stamp", true)]
    [InlineData("behind the note that the upload was taken", true)]
    [InlineData("behind the next state, before the log is emptied", true)]
    [InlineData("behind the emptied log, before the bytes are deleted", true)]
    [InlineData("behind the deletion of the bytes, before the log was emptied on the disk", true)]
    public async Task Process_ThatIsKilled_HasWhatItAcknowledged_Once(string moment, bool isIn)
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        TransferHead head = _bench.Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        for (int chunk = 0; chunk < head.ChunkCount; chunk++)
        {
            (await http.AppendAsync(server.TransfersOf(client), head, upload, chunk)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        }

        Dictionary<string, byte[]> before = Snapshot();
        (await http.CompleteAsync(server.TransfersOf(client), head.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        await server.DisposeAsync();
        Dictionary<string, byte[]> behind = Snapshot();
        byte[] log = behind[PartyFiles.Changes];
        byte[] prepared = behind[PartyFiles.NewestAudit];
        string bytes = behind.Keys.Single(file => file.EndsWith(".bytes", StringComparison.Ordinal));
        string mark = behind.Keys.Single(file => file.EndsWith(".kept", StringComparison.Ordinal));
        Dictionary<string, byte[]> marked = With(before, (mark, behind[mark]));
        Dictionary<string, byte[]> saved = moment.Contains("state", StringComparison.Ordinal) || moment.Contains("emptied", StringComparison.Ordinal) ? await SaveAsync() : [];
        Restore(moment switch
        {
            "before the log has the upload" => before,
            "behind the mark, before the log has the upload" => marked,
            "within the first frame of the log" => With(marked, (PartyFiles.Changes, log[..7]), (PartyFiles.NewestAudit, prepared)),
            "one byte before the end of the log" => With(marked, (PartyFiles.Changes, log[..^1]), (PartyFiles.NewestAudit, prepared)),
            "behind the log" => With(marked, (PartyFiles.Changes, log), (PartyFiles.NewestAudit, prepared)),
            "behind the newest stamp" => With(marked, (PartyFiles.Changes, log), (PartyFiles.NewestAudit, prepared), (PartyFiles.NewestState, behind[PartyFiles.NewestState])),
            "behind the note that the upload was taken" => behind,
            "behind the next state, before the log is emptied" => With(saved, (PartyFiles.Changes, log), (bytes, upload.ToArray()), (mark, behind[mark])),
            "behind the emptied log, before the bytes are deleted" => With(saved, (bytes, upload.ToArray()), (mark, behind[mark])),
            _ => With(saved, (PartyFiles.Changes, log)),
        });

        await using TestServer restarted = await TestServer.StartOpenAsync(_bench.Federation);
        using HttpClient next = restarted.Connect(certificate: null);
        Accepted().Should().Be(isIn ? 1 : 0);
        File.Exists(LogPath).Should().BeFalse("a start saves a state");
        File.Exists(Path.Combine(ServerFolder, mark)).Should().BeFalse("no log refers to anything");
        using HttpResponseMessage begun = await next.BeginTransferAsync(restarted.TransfersOf(client), head.ToBytes());
        begun.Offset().Should().Be(upload.Length, "no byte comes twice");
        File.Exists(Path.Combine(ServerFolder, bytes)).Should().Be(!begun.IsComplete());
        (await next.CompleteAsync(restarted.TransfersOf(client), head.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        Accepted().Should().Be(1);
        await _bench.Round.RunToEndAsync(next, restarted);
        await restarted.DisposeAsync();
        _bench.ShouldHaveEnded();
    }

    [Theory]
    [InlineData("is missing")]
    [InlineData("has no mark")]
    [InlineData("has a mark that leads out of the folder")]
    [InlineData("has a changed bit")]
    [InlineData("is cut off")]
    [InlineData("is another one")]
    public async Task File_ThatTheLogRefersTo_AndThatIsNotTheOne_IsRefused(string fault)
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        await server.DisposeAsync();
        Dictionary<string, byte[]> behind = Snapshot();
        string path = BytesPath;
        byte[] bytes = upload.ToArray();
        switch (fault)
        {
            case "is missing":
                File.Delete(path);
                break;
            case "has no mark":
                File.Delete(MarkPath);
                break;
            case "has a mark that leads out of the folder":
                File.Move(path, Path.Combine(ServerFolder, Path.GetFileName(path)));
                await File.WriteAllTextAsync(MarkPath, $"../{Path.GetFileName(path)}");
                break;
            case "has a changed bit":
                bytes[bytes.Length / 2] ^= 1;
                await File.WriteAllBytesAsync(path, bytes);
                break;
            case "is cut off":
                await File.WriteAllBytesAsync(path, bytes[..^100]);
                break;
            case "is another one":
                await File.WriteAllBytesAsync(path, _bench.Message(client, bytes.Length));
                break;
        }

        HostingException refused = (await FluentActions.Awaiting(() => TestServer.StartOpenAsync(_bench.Federation)).Should().ThrowAsync<HostingException>()).Which;

        refused.Error.Should().Be(HostingError.FileRefused);
        refused.Message.Should().Contain(PartyFiles.Changes).And.Contain(PartyFiles.Transfers);
        refused.InnerException.Should().BeOfType<StateRefusedException>().Which.Error.Should().Be(StateError.MessageMissing);
        File.ReadAllBytes(LogPath).Should().Equal(behind[PartyFiles.Changes], "nothing is lost but what the operator puts back");

        Restore(behind);
        await using TestServer repaired = await TestServer.StartOpenAsync(_bench.Federation);
        Accepted().Should().Be(1);
    }

    /// <summary>A client may have unfinished transfers of what has the beginning and the end of its upload, and another update of the same length.</summary>
    [Fact]
    public async Task Files_ThatBeginAndEndAsTheUploadDoes_AreNotTakenForIt()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        await server.DisposeAsync();
        for (int i = 0; i < 40; i++)
        {
            byte[] other = upload.ToArray();
            new Random(i).NextBytes(other.AsSpan()[250..^64]);
            await File.WriteAllBytesAsync(Path.Combine(_bench.Folder, $"{new string('0', 30)}{i:D2}.bytes"), other);
        }

        await using TestServer restarted = await TestServer.StartOpenAsync(_bench.Federation);

        Accepted().Should().Be(1);
        Directory.GetFiles(_bench.Folder, "*.bytes").Should().BeEmpty("nobody needs them");
    }

    /// <summary>The disk fails when the log is to refer to the upload, and the server goes on from its folder.</summary>
    [Fact]
    public async Task Upload_WhileTheDiskFails_CountsOnceLater()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        await using TestServer _ = server;
        (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        (await _bench.Round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        (string second, ReadOnlyMemory<byte> other) = _bench.Round.Uploads[^1];
        TransferHead head = _bench.Head(second, other);
        await http.BeginTransferAsync(server.TransfersOf(second), head.ToBytes());
        for (int chunk = 0; chunk < head.ChunkCount; chunk++)
        {
            await http.AppendAsync(server.TransfersOf(second), head, other, chunk);
        }

        // A folder in the place of the log: nothing can be appended to it.
        File.Move(LogPath, $"{LogPath}.away");
        Directory.CreateDirectory(LogPath);
        (await http.CompleteAsync(server.TransfersOf(second), head.Name)).StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        Directory.Delete(LogPath);
        File.Move($"{LogPath}.away", LogPath);
        (await http.CompleteAsync(server.TransfersOf(second), head.Name)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        await _bench.Round.RunToEndAsync(http, server);
        await server.DisposeAsync();

        _bench.ShouldHaveEnded();
        Directory.GetFiles(_bench.Folder, "*.bytes").Should().BeEmpty();
    }

    /// <summary>The log has few references, and room for many short uploads.</summary>
    [Fact]
    public async Task Upload_InChunks_ThatIsShort_IsInTheLogItself()
    {
        await _bench.Round.JoinAsync();
        await using TestServer server = await StartAsync(services => services.AddSingleton(new LogLimits()));
        using HttpClient http = server.Connect(certificate: null);
        await _bench.Round.AnnounceAsync(http, server);
        await _bench.Round.AdvanceToUploadAsync(http, server);
        (string client, ReadOnlyMemory<byte> upload) = _bench.Round.Uploads[^1];

        (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);

        Directory.GetFiles(_bench.Folder, "*.bytes").Should().BeEmpty();
        new FileInfo(LogPath).Length.Should().BeGreaterThan(upload.Length);
        await _bench.Round.RunToEndAsync(http, server);
        await server.DisposeAsync();
        _bench.ShouldHaveEnded();
    }

    /// <summary>The file of a long upload that came with one request goes with the request, so that the state has it.</summary>
    [Fact]
    public async Task Upload_ThatIsLongerThanTheLogAndCameWithOneRequest_IsReadFromItsFile_AndInTheState()
    {
        await _bench.Round.JoinAsync();
        await using TestServer server = await StartAsync(services => services.AddSingleton(new LogLimits { LongestLog = 1000 }));
        using HttpClient http = server.Connect(certificate: null);
        await _bench.Round.AnnounceAsync(http, server);
        await _bench.Round.AdvanceToUploadAsync(http, server);
        (string client, ReadOnlyMemory<byte> upload) = _bench.Round.Uploads[^1];
        byte[] state = await File.ReadAllBytesAsync(StatePath);

        using (HttpResponseMessage answer = await http.PostAsync(server.MessagesOf(client), upload))
        {
            answer.StatusCode.Should().Be(HttpStatusCode.Accepted);
        }

        (await File.ReadAllBytesAsync(StatePath)).Should().NotEqual(state);
        File.Exists(LogPath).Should().BeFalse();
        await _bench.Round.RunToEndAsync(http, server);
        await server.DisposeAsync();
        _bench.ShouldHaveEnded();
    }

    /// <summary>The file of a long upload that came with one request is read where it is.</summary>
    [Fact]
    public async Task Upload_ThatIsLongerThanTheLog_IsReadFromTheFileOfItsRequest()
    {
        await _bench.Round.JoinAsync();
        await using TestServer server = await StartAsync(services => services.AddSingleton(new LogLimits { LongestLog = 1000 }));
        using HttpClient http = server.Connect(certificate: null);
        await _bench.Round.AnnounceAsync(http, server);
        await _bench.Round.AdvanceToUploadAsync(http, server);
        HostedJob job = server.Services.GetRequiredService<FedHeServer>().Jobs.Single();
        using ArrivingMessage message = await ArrivingBodies.MessageOf(_bench.Round.Uploads[^1].Upload);
        await message.TakeAsync(job.PathOfArrival(), CancellationToken.None, longestInMemory: 0);
        message.Bytes.Should().BeNull();

        (await job.HandleAsync(message.Info!, message, CancellationToken.None)).Refusal.Should().Be(RefusalReason.None);

        Accepted().Should().Be(1);
        await _bench.Round.RunToEndAsync(http, server);
        await server.DisposeAsync();
        _bench.ShouldHaveEnded();
    }

    /// <summary>The upload that closes the attempt is in no log, so that nobody keeps its file: what was folded in must be what arrived all the same.</summary>
    [Fact]
    public async Task Upload_ThatClosesTheAttempt_AndCouldNotBeFlushed_CountsOnceLater()
    {
        (TestServer server, HttpClient http, string _, ReadOnlyMemory<byte> _) = await _bench.OpenAsync();
        await using TestServer disposed = server;
        while (_bench.Round.Uploads.Count < PartyNames.Clients.Count)
        {
            (await _bench.Round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        }

        HostedJob job = server.Services.GetRequiredService<FedHeServer>().Jobs.Single();
        (string Client, ReadOnlyMemory<byte> Upload)[] uploads = [.. _bench.Round.Uploads];
        foreach ((string client, ReadOnlyMemory<byte> upload) in uploads[..^1])
        {
            (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        }

        Transfer last = await BringAsync(http, server, job, uploads[^1].Client, uploads[^1].Upload);
        last.Digests.Should().NotBeNull();

        await job.Awaiting(one => one.HandleAsync(last.Head.Info, new ChangedMessage(last) { IsLost = true }, CancellationToken.None)).Should().ThrowAsync<IOException>();

        Accepted().Should().Be(uploads.Length - 1);
        job.Status.Round.Should().Be(1);
        (await _bench.SendAsync(http, server, uploads[^1].Client, uploads[^1].Upload)).Should().Be(HttpStatusCode.Accepted);
        await _bench.Round.RunToEndAsync(http, server);
        _bench.ShouldHaveEnded();
    }

    /// <summary>What was hashed while an upload came is what its signature is compared with: the file is not hashed once more.</summary>
    [Fact]
    public async Task Upload_IsComparedWithWhatWasHashedWhileItCame()
    {
        (TestServer server, HttpClient http, string _, ReadOnlyMemory<byte> _) = await _bench.OpenAsync();
        await using TestServer disposed = server;
        (await _bench.Round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        HostedJob job = server.Services.GetRequiredService<FedHeServer>().Jobs.Single();
        (string Client, ReadOnlyMemory<byte> Upload)[] uploads = [.. _bench.Round.Uploads];
        Transfer first = await BringAsync(http, server, job, uploads[0].Client, uploads[0].Upload);
        Transfer second = await BringAsync(http, server, job, uploads[1].Client, uploads[1].Upload);

        (await job.HandleAsync(first.Head.Info, new ChangedMessage(first) { Digests = second.Digests }, CancellationToken.None)).Refusal.Should().Be(RefusalReason.BadSignature);

        (await job.HandleAsync(first.Head.Info, first, CancellationToken.None)).Refusal.Should().Be(RefusalReason.None);
        (await job.HandleAsync(second.Head.Info, new ChangedMessage(second) { Digests = null }, CancellationToken.None)).Refusal.Should().Be(RefusalReason.None);
    }

    /// <summary>A store that is another folder outlives the one in which transfers arrive.</summary>
    [Fact]
    public async Task Upload_OfAServerWhoseStoreIsElsewhere_IsInItsState()
    {
        using var stores = new TestStores(StoreKind.Folder);
        await _bench.Round.JoinAsync();
        await using (TestServer server = await StartAsync(services => services.AddSingleton<IServerStores>(stores)))
        {
            using HttpClient http = server.Connect(certificate: null);
            await _bench.Round.AnnounceAsync(http, server);
            await _bench.Round.AdvanceToUploadAsync(http, server);
            (string client, ReadOnlyMemory<byte> upload) = _bench.Round.Uploads[^1];
            (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
            Directory.GetFiles(_bench.Folder, "*.bytes").Should().BeEmpty();
        }

        Directory.Delete(_bench.Folder, recursive: true);
        await using TestServer restarted = await StartAsync(services => services.AddSingleton<IServerStores>(stores));

        restarted.Status.Phase.Should().Be(ServerPhase.Collecting);
    }

    /// <summary>A disk that cannot be read is no disk that cannot be written.</summary>
    [Fact]
    public async Task File_ThatCannotBeRead_IsRefusedAsSuch()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        await server.DisposeAsync();
        string path = BytesPath;
        File.Delete(path);
        Directory.CreateDirectory(path);

        HostingException refused = (await FluentActions.Awaiting(() => TestServer.StartOpenAsync(_bench.Federation)).Should().ThrowAsync<HostingException>()).Which;

        refused.Error.Should().Be(HostingError.FileRefused);
        refused.Message.Should().Contain("cannot be read").And.Contain(ServerFolder);
        Directory.Delete(path);
        await File.WriteAllBytesAsync(path, upload);
        await using TestServer repaired = await TestServer.StartOpenAsync(_bench.Federation);
        Accepted().Should().Be(1);
    }

    /// <summary>The file of the second upload of a group cannot be kept: neither counts, and both do when they come again.</summary>
    [Fact]
    public async Task Group_WhoseSecondUploadCannotBeKept_CountsOnceLater()
    {
        (TestServer server, HttpClient http, string _, ReadOnlyMemory<byte> _) = await _bench.OpenAsync();
        await using TestServer disposed = server;
        (await _bench.Round.AdvanceToUploadAsync(http, server)).Should().BeTrue();
        HostedJob job = server.Services.GetRequiredService<FedHeServer>().Jobs.Single();
        (string Client, ReadOnlyMemory<byte> Upload)[] uploads = [.. _bench.Round.Uploads];
        Transfer[] transfers = [.. await Task.WhenAll(uploads.Select(upload => BringAsync(http, server, job, upload.Client, upload.Upload)))];
        string mark = Path.Combine(_bench.Folder, KeptMessages.MarkOf(ReferenceOf(uploads[1].Upload)));
        Directory.CreateDirectory(mark);
        Task<(RefusalReason Refusal, StateStamp Stamp)>[] handling;
        using (var held = new HeldMessage())
        {
            Task holding = Task.Run(() => job.ProposeAsync(held, CancellationToken.None));
            held.WaitUntilRead();
            handling = [.. transfers.Select(transfer => job.HandleAsync(transfer.Head.Info, transfer, CancellationToken.None))];
            held.LetGo();
            await holding;
        }

        foreach (Task<(RefusalReason Refusal, StateStamp Stamp)> one in handling)
        {
            await one.Awaiting(task => task).Should().ThrowAsync<IOException>("nothing of a group is acknowledged where a part of it is not on the disk");
        }

        // The clock of the server may have opened it again already.
        server.Log.Entries.Should().Contain(entry => entry.Event == 403);
        Accepted().Should().Be(0);
        Directory.Delete(mark);
        foreach ((string client, ReadOnlyMemory<byte> upload) in uploads)
        {
            (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        }

        await _bench.Round.RunToEndAsync(http, server);
        _bench.ShouldHaveEnded();
    }

    /// <summary>What an earlier process left may be a part of the log as long as no state has it, and the first state of a process may fail.</summary>
    [Fact]
    public async Task Start_WhoseFirstSaveFails_DeletesNothingThatTheLogRefersTo()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        (await _bench.SendAsync(http, server, client, upload)).Should().Be(HttpStatusCode.Accepted);
        await server.DisposeAsync();
        string blocked = Path.Combine(ServerFolder, PartyFiles.NewestAudit);
        byte[] prepared = await File.ReadAllBytesAsync(blocked);
        File.Delete(blocked);
        Directory.CreateDirectory(blocked);

        (await FluentActions.Awaiting(() => TestServer.StartOpenAsync(_bench.Federation)).Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.FolderNotWritable);

        (await File.ReadAllBytesAsync(BytesPath)).Should().Equal(upload.ToArray());
        Directory.Delete(blocked);
        await File.WriteAllBytesAsync(blocked, prepared);
        await using TestServer next = await TestServer.StartOpenAsync(_bench.Federation);
        Accepted().Should().Be(1);
        Directory.GetFiles(_bench.Folder, "*.bytes").Should().BeEmpty("a state has it now");
    }

    /// <summary>An upload is hashed as it comes, and of a chunk that was damaged on its way its right bytes alone count.</summary>
    [Fact]
    public async Task Upload_WithAChunkThatCameTwice_IsHashedAsItIsInTheFile()
    {
        (TestServer server, HttpClient http, string client, ReadOnlyMemory<byte> upload) = await _bench.OpenAsync();
        await using TestServer disposed = server;
        TransferHead head = _bench.Head(client, upload);
        head.ChunkCount.Should().BeGreaterThan(2);
        string transfers = server.TransfersOf(client);
        await http.BeginTransferAsync(transfers, head.ToBytes());
        byte[] damaged = upload[..(2 * TransferBench.Chunk)].ToArray();
        damaged[^1] ^= 1;
        using HttpResponseMessage refused = await http.AppendAsync($"{transfers}/{head.Name}", "0", damaged);
        refused.StatusCode.Should().Be(HttpStatusCode.Conflict);
        using HttpResponseMessage offset = await http.AskOffsetAsync(transfers, head.Name);
        offset.Offset().Should().Be(TransferBench.Chunk, "the first chunk is right");

        (await http.GoOnAsync(transfers, head, upload, TransferBench.Chunk)).Should().Be(HttpStatusCode.Accepted);
    }

    /// <summary>Whatever ends a transfer, the log needs its bytes until a state has them.</summary>
    [Fact]
    public async Task Transfer_ThatEndsWhileTheLogRefersToIt_KeepsItsBytes()
    {
        using PartyFolder folder = PartyFolder.Open(Path.Combine(ServerFolder, "other"));
        (Transfer transfer, string path) = await TransferInAsync(folder);

        transfer.Keep(Digest.Compute([1]));
        transfer.Discard();

        File.Exists(path).Should().BeTrue();
        transfer.Release();
        Directory.GetFiles(folder.Location).Should().ContainSingle("nothing but the lock is left");
    }

    /// <summary>A system says once that it could not bring bytes to the disk, and the next flush succeeds without them.</summary>
    [Fact]
    public async Task Transfer_ThatCannotBeFlushed_IsBroughtAgain()
    {
        using PartyFolder folder = PartyFolder.Open(Path.Combine(ServerFolder, "other"));
        (Transfer transfer, string path) = await TransferInAsync(folder);
        transfer.Offset.Should().Be(transfer.Head.Length);
        File.Delete(path);

        FluentActions.Invoking(() => transfer.Keep(Digest.Compute([1]))).Should().Throw<IOException>();

        transfer.Offset.Should().Be(0);
    }

    /// <summary>Whatever the log does meanwhile, the files of a transfer that ended go when nobody needs them.</summary>
    [Fact]
    public async Task Transfer_ThatEndsWhileTheLogReleasesIt_LeavesNoFile()
    {
        for (int i = 0; i < 200; i++)
        {
            using PartyFolder folder = PartyFolder.Open(Path.Combine(ServerFolder, "other"));
            (Transfer transfer, _) = await TransferInAsync(folder);
            transfer.Keep(Digest.Compute([1]));

            await Task.WhenAll(Task.Run(transfer.Discard), Task.Run(transfer.Release));

            Directory.GetFiles(folder.Location).Should().ContainSingle("nothing but the lock is left");
        }
    }

    private Task<TestServer> StartAsync(Action<IServiceCollection> configure) => TestServer.StartAsync(
        _bench.Federation, _bench.Federation.ServerSettings(hasPins: false), kestrel => kestrel.Listen(IPAddress.Loopback, 0), configure);

    /// <summary>Brings all chunks of an upload, which the server does not take yet.</summary>
    private async Task<Transfer> BringAsync(HttpClient http, TestServer server, HostedJob job, string client, ReadOnlyMemory<byte> upload)
    {
        TransferHead head = _bench.Head(client, upload);
        await http.BeginTransferAsync(server.TransfersOf(client), head.ToBytes());
        for (int chunk = 0; chunk < head.ChunkCount; chunk++)
        {
            (await http.AppendAsync(server.TransfersOf(client), head, upload, chunk)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        }

        return job.Transfers.Find(client, head.Name)!;
    }

    /// <summary>The digest by which the log refers to an upload: of all but the update.</summary>
    private static Digest ReferenceOf(ReadOnlyMemory<byte> upload)
    {
        MessageInfo.TryRead(upload.Span, out MessageInfo? info).Should().BeTrue();
        const int Header = 48, Signature = 64;
        int start = Header + 1 + 16 + sizeof(ushort) + info!.Client!.Value.Value.Length + (2 * sizeof(int)) + Digest.SizeInBytes + sizeof(long);
        return Digest.Compute([.. upload.Span[..start], .. upload.Span[^Signature..]]);
    }

    /// <summary>Makes the transfer of a message whose chunks are all in the file.</summary>
    private async Task<(Transfer Transfer, string Path)> TransferInAsync(PartyFolder folder)
    {
        byte[] message = _bench.Message("c1", 3 * TransferBench.Chunk);
        TransferHead head = _bench.Head("c1", message);
        await File.WriteAllBytesAsync(folder.PathOf("one.head"), head.ToBytes());
        string path = folder.PathOf("one.bytes");
        await File.WriteAllBytesAsync(path, message);
        var transfer = new Transfer(folder, "one", head);
        (await transfer.PrepareAsync(CancellationToken.None)).Should().BeTrue();
        return (transfer, path);
    }

    /// <summary>Has the next process save a state, and returns what it leaves.</summary>
    private async Task<Dictionary<string, byte[]>> SaveAsync()
    {
        await (await TestServer.StartOpenAsync(_bench.Federation)).DisposeAsync();
        Dictionary<string, byte[]> saved = Snapshot();
        saved.Keys.Should().NotContain(PartyFiles.Changes).And.NotContain(file => file.EndsWith(".bytes", StringComparison.Ordinal));
        return saved;
    }

    /// <summary>Counts the uploads in the audit log.</summary>
    private int Accepted()
        => AuditLog.Verify(Read(Path.Combine(ServerFolder, PartyFiles.AuditLog)), _bench.Federation.Job).Entries.Count(entry => entry.Kind == AuditKind.UploadAccepted);

    private Dictionary<string, byte[]> Snapshot()
        => Directory.GetFiles(ServerFolder, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "lock")
            .ToDictionary(path => Path.GetRelativePath(ServerFolder, path), Read);

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static Dictionary<string, byte[]> With(Dictionary<string, byte[]> files, params (string Name, byte[] Bytes)[] others)
    {
        var all = new Dictionary<string, byte[]>(files);
        foreach ((string name, byte[] bytes) in others)
        {
            all[name] = bytes;
        }

        return all;
    }

    private void Restore(Dictionary<string, byte[]> files)
    {
        foreach (string path in Directory.GetFiles(ServerFolder, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "lock"))
        {
            File.Delete(path);
        }

        foreach ((string name, byte[] bytes) in files)
        {
            File.WriteAllBytes(Path.Combine(ServerFolder, name), bytes);
        }
    }
}
