using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Hosting.Tests.Server;

/// <summary>What a server acknowledged is in its state or in the log behind it, whenever its process ends.</summary>
public sealed class StateFilesTests : IAsyncLifetime, IDisposable
{
    private readonly SmallFederation _federation = new();
    private readonly List<ReadOnlyMemory<byte>> _uploads = [];
    private readonly List<FederationClient> _clients = [];
    private PartyFolder _folder = null!;
    private ServerIdentity _identity = null!;
    private StateFiles _files = null!;
    private FederationServer _server = null!;

    private string ServerFolder => _federation.FolderOf("server");

    private string StatePath => Path.Combine(ServerFolder, PartyFiles.State);

    private string LogPath => Path.Combine(ServerFolder, PartyFiles.Changes);

    private string NewestPath => Path.Combine(ServerFolder, PartyFiles.NewestState);

    private FederationServerSetup Setup => new()
    {
        Context = KeyAdditiveContext.CreatePublic(SmallJob.RoundKeys),
        Job = _federation.Job,
        Identity = _identity,
    };

    /// <summary>Runs the job up to the uploads of the first round, of which none has come.</summary>
    public async Task InitializeAsync()
    {
        _folder = PartyFolder.Open(ServerFolder);
        _identity = ServerIdentity.Load(_folder.TryRead(PartyFiles.Identity)!, _federation.Protector);
        _files = new StateFiles(_folder, _folder);
        _server = _files.Open(Setup, out StateStamp? saved);
        saved.Should().BeNull();
        var toServer = new Queue<ReadOnlyMemory<byte>>();
        var toClients = new Queue<OutgoingMessage>(Take(_server.Start()).Messages);
        foreach (string name in PartyNames.Clients)
        {
            _clients.Add(await _federation.CreateClientAsync(name));
            toServer.Enqueue(_clients[^1].Announce());
        }

        while (toServer.TryDequeue(out ReadOnlyMemory<byte> message))
        {
            Take(_server.Handle(message)).Messages.ToList().ForEach(toClients.Enqueue);
            while (toClients.TryDequeue(out OutgoingMessage answer))
            {
                FederationClient client = _clients.Single(one => one.Client == answer.Recipient);
                foreach (ReadOnlyMemory<byte> reply in (await client.HandleAsync(answer.Bytes)).Messages)
                {
                    bool isUpload = MessageInfo.TryRead(reply.Span, out MessageInfo? info) && info.Kind == MessageKind.Upload;
                    if (isUpload)
                    {
                        _uploads.Add(reply);
                    }
                    else
                    {
                        toServer.Enqueue(reply);
                    }
                }
            }
        }

        _uploads.Should().HaveCount(PartyNames.Clients.Count);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _server?.Dispose();
        _clients.ForEach(client => client.Dispose());
        _identity?.Dispose();
        _folder?.Dispose();
        _federation.Dispose();
    }

    [Fact]
    public void Upload_IsInTheLog_AndTheStateIsNotWrittenAgain()
    {
        byte[] state = File.ReadAllBytes(StatePath);

        Take(_server.Handle(_uploads[0]));
        Take(_server.Handle(_uploads[1]));

        File.ReadAllBytes(StatePath).Should().Equal(state);
        new FileInfo(LogPath).Length.Should().BeGreaterThan(_uploads[0].Length + _uploads[1].Length);
        StateStamp stamp = _server.Stamp;
        using FederationServer restored = Restart(out StateStamp? saved);
        saved.Should().Be(stamp);
        restored.Contributions.Should().HaveCount(2);
    }

    [Fact]
    public void Attempt_ThatEnds_EmptiesTheLog()
    {
        foreach (ReadOnlyMemory<byte> upload in _uploads)
        {
            Take(_server.Handle(upload));
        }

        _server.Phase.Should().Be(ServerPhase.Opening);
        File.Exists(LogPath).Should().BeFalse();
        using FederationServer restored = Restart(out _);
        restored.Phase.Should().Be(ServerPhase.Opening);
    }

    [Fact]
    public void Log_ThatIsLong_BecomesAState()
    {
        _files = new StateFiles(_folder, _folder, new LogLimits { LongestLog = _uploads[0].Length });
        byte[] state = File.ReadAllBytes(StatePath);
        Take(_server.Handle(_uploads[0]));
        File.ReadAllBytes(StatePath).Should().Equal(state);

        Take(_server.Handle(_uploads[1]));

        File.ReadAllBytes(StatePath).Should().NotEqual(state);
        File.Exists(LogPath).Should().BeFalse();
        using FederationServer restored = Restart(out _);
        restored.Contributions.Should().HaveCount(2);
    }

    /// <summary>A long upload would stand in memory several times more on its way to the log, and the state goes to the disk part by part.</summary>
    [Fact]
    public void Upload_ThatIsLongerThanTheLog_IsSavedWithTheState()
    {
        _files = new StateFiles(_folder, _folder, new LogLimits { LongestLog = _uploads[0].Length - 1 });

        ServerStep step = Take(_server.Handle(_uploads[0]));

        step.Change.Should().NotBeNull("the step could have been appended");
        File.Exists(LogPath).Should().BeFalse();
        using FederationServer restored = Restart(out StateStamp? saved);
        saved.Should().Be(step.State!.Stamp);
        restored.Contributions.Should().ContainSingle();
    }

    /// <summary>The log refers to some files, the state that is saved in the place of another reference has them all, and they are released then and not before.</summary>
    [Fact]
    public void Uploads_InFiles_AreKept_UntilAStateHasThem()
    {
        _files = new StateFiles(_folder, _folder, new LogLimits { LongestLog = 0, MostKept = 2 });
        byte[] state = File.ReadAllBytes(StatePath);
        Kept[] messages = [.. _uploads.Take(3).Select(upload => new Kept(upload))];

        Take(messages[0]);
        Take(messages[1]);

        File.ReadAllBytes(StatePath).Should().Equal(state);
        messages.Select(message => message.IsKept).Should().Equal(true, true, false);

        Take(messages[2]);

        File.Exists(LogPath).Should().BeFalse();
        messages.Select(message => message.IsKept).Should().Equal(false, false, false);
        using FederationServer restored = Restart(out _);
        restored.Contributions.Should().HaveCount(3);
    }

    /// <summary>A restart reads all files that the log refers to, so that they are limited by their bytes too.</summary>
    [Fact]
    public void Uploads_InFiles_OfTooManyBytes_AreNotKept()
    {
        _files = new StateFiles(_folder, _folder, new LogLimits { LongestLog = 0, LongestKept = _uploads[0].Length + _uploads[1].Length - 1 });
        Kept[] messages = [.. _uploads.Take(2).Select(upload => new Kept(upload))];

        Take(messages[0]);
        messages[0].IsKept.Should().BeTrue();
        Take(messages[1]);

        messages.Select(message => message.IsKept).Should().Equal(false, false);
        File.Exists(LogPath).Should().BeFalse("the state has both");
    }

    /// <summary>A state that nobody could read again would be the end of the job at the next start.</summary>
    [Fact]
    public void State_ThatIsTooLongToBeReadAgain_IsNotSaved()
    {
        _files = new StateFiles(_folder, _folder, new LogLimits { LongestLog = 0, MostKept = 0, LongestState = 1000 });
        byte[] state = File.ReadAllBytes(StatePath);

        FluentActions.Invoking(() => Take(new Kept(_uploads[0]))).Should().Throw<IOException>().WithMessage("*SumsInFiles*");

        File.ReadAllBytes(StatePath).Should().Equal(state);
        using FederationServer restored = Restart(out _);
        restored.Contributions.Should().BeEmpty();
    }

    /// <summary>A client that is silent costs no state with the sum of the others.</summary>
    [Fact]
    public void Client_ThatCannotBeReached_IsAppendedToTheLog()
    {
        Take(_server.Handle(_uploads[0]));
        byte[] state = File.ReadAllBytes(StatePath);
        long length = new FileInfo(LogPath).Length;

        Take(_server.ReportUnreachable(_clients[3].Client));

        File.ReadAllBytes(StatePath).Should().Equal(state);
        (new FileInfo(LogPath).Length - length).Should().BeInRange(1, 1000);
        using FederationServer restored = Restart(out _);
        restored.AvailableClients.Should().NotContain(_clients[3].Client).And.HaveCount(3);
        restored.Contributions.Should().ContainSingle();
    }

    /// <summary>The file of a message that came with one request goes with the request.</summary>
    [Fact]
    public void Upload_InAFileThatDoesNotLast_IsSavedWithTheState()
    {
        ServerStep step = _server.Handle(new MemoryStream(_uploads[0].ToArray()));

        _files.TryGather(step, new Kept(_uploads[0]) { IsLasting = false }).Should().BeFalse();
        _files.Save(step.State);

        using FederationServer restored = Restart(out _);
        restored.Contributions.Should().ContainSingle();
    }

    /// <summary>A process ends while it appends the second change, at any of its bytes.</summary>
    [Fact]
    public void Process_ThatEndsAtAnyByteOfTheLog_GoesOnWithWhatItAcknowledged()
    {
        Take(_server.Handle(_uploads[0]));
        int first = (int)new FileInfo(LogPath).Length;
        byte[] newest = File.ReadAllBytes(NewestPath);
        Take(_server.Handle(_uploads[1]));
        byte[] log = File.ReadAllBytes(LogPath);
        byte[] state = File.ReadAllBytes(StatePath);

        for (int length = first; length <= log.Length; length += length < first + 200 || length > log.Length - 200 ? 1 : 97)
        {
            File.WriteAllBytes(StatePath, state);
            File.WriteAllBytes(NewestPath, newest);
            File.WriteAllBytes(LogPath, log[..length]);
            using FederationServer restored = Restart(out _);
            restored.Contributions.Should().HaveCount(length == log.Length ? 2 : 1, "of {0} bytes", length);

            // The next life is saved before anything else, and what was not acknowledged comes again.
            var files = new StateFiles(_folder, _folder);
            files.Save(restored.Advance());
            File.Exists(LogPath).Should().BeFalse();
            ServerStep again = restored.Handle(_uploads[1]);
            (again.Refusal, again.Accepted.Length).Should().Be((RefusalReason.None, length == log.Length ? 0 : 1));
        }
    }

    [Fact]
    public void Process_ThatEndsBeforeTheLogIsEmptied_GoesOnFromTheState()
    {
        Take(_server.Handle(_uploads[0]));
        byte[] log = File.ReadAllBytes(LogPath);
        using (FederationServer next = Restart(out _))
        {
            _files.Save(next.Advance());
        }

        File.WriteAllBytes(LogPath, log);

        using FederationServer restored = Restart(out StateStamp? saved);
        StateStamp.TryRead(File.ReadAllBytes(StatePath), out StateStamp? own).Should().BeTrue();
        saved.Should().Be(own);
        restored.Contributions.Should().ContainSingle();
    }

    [Theory]
    [InlineData("log is lost", StateError.Outdated)]
    [InlineData("log is older", StateError.Outdated)]
    [InlineData("acknowledged change is torn", StateError.Outdated)]
    [InlineData("state is older", StateError.Outdated)]
    [InlineData("change in the middle is damaged", StateError.Damaged)]
    public void Copies_ThatDoNotBelongTogether_AreRefused(string fault, StateError error)
    {
        byte[] state = File.ReadAllBytes(StatePath);
        Take(_server.Handle(_uploads[0]));
        byte[] older = File.ReadAllBytes(LogPath);
        Take(_server.Handle(_uploads[1]));
        byte[] log = File.ReadAllBytes(LogPath);
        switch (fault)
        {
            case "log is lost":
                File.Delete(LogPath);
                break;
            case "log is older":
                File.WriteAllBytes(LogPath, older);
                break;
            case "acknowledged change is torn":
                File.WriteAllBytes(LogPath, log[..^1]);
                break;
            case "state is older":
                using (FederationServer next = Restart(out _))
                {
                    _files.Save(next.Advance());
                    _files.Save(next.Handle(_uploads[2]));
                }

                File.WriteAllBytes(StatePath, state);
                break;
            case "change in the middle is damaged":
                log[200] ^= 1;
                File.WriteAllBytes(LogPath, log);
                break;
        }

        HostingException refused = FluentActions.Invoking(() => Restart(out _)).Should().Throw<HostingException>().Which;
        refused.Error.Should().Be(HostingError.FileRefused);
        refused.InnerException.Should().BeOfType<StateRefusedException>().Which.Error.Should().Be(error);
    }

    [Fact]
    public void Log_WithoutItsState_IsRefused_AndKept()
    {
        Take(_server.Handle(_uploads[0]));
        File.Delete(StatePath);

        FluentActions.Invoking(() => Restart(out _)).Should().Throw<HostingException>().Which.Error.Should().Be(HostingError.FileRefused);
        File.Exists(LogPath).Should().BeTrue();
    }

    [Fact]
    public void Log_OfALifeThatTheStateDoesNotDescendFrom_IsRefused()
    {
        byte[] state = File.ReadAllBytes(StatePath);
        Take(_server.Handle(_uploads[0]));
        byte[] log = File.ReadAllBytes(LogPath);

        // An operator began without the log and the stamp, and puts the log back.
        File.WriteAllBytes(StatePath, state);
        File.Delete(LogPath);
        File.Delete(NewestPath);
        using (FederationServer next = Restart(out _))
        {
            _files.Save(next.Advance());
        }

        File.WriteAllBytes(LogPath, log);

        FluentActions.Invoking(() => Restart(out _)).Should().Throw<HostingException>().Which.Error.Should().Be(HostingError.FileRefused);
    }

    [Fact]
    public void Server_WhoseStampIsOlderThanItsLog_IsTheNewest()
    {
        byte[] newest = File.ReadAllBytes(NewestPath);
        Take(_server.Handle(_uploads[0]));
        StateStamp.TryRead(newest, out StateStamp? stamp).Should().BeTrue();

        using var restored = FederationServer.Restore(Setup, File.ReadAllBytes(StatePath), stamp, ChangeLog.Read(LogPath));

        restored.AvailableClients.Should().Equal(_server.AvailableClients, "a backup would have forgotten them");
    }

    /// <summary>A process ends while it appends three changes with one flush, at any of their bytes.</summary>
    [Fact]
    public void Process_ThatEndsWithinAGroup_GoesOnWithoutAnyOfIt()
    {
        Take(_server.Handle(_uploads[0]));
        int first = (int)new FileInfo(LogPath).Length;
        byte[] newest = File.ReadAllBytes(NewestPath);
        foreach (ReadOnlyMemory<byte> upload in _uploads.Skip(1).Take(2))
        {
            _files.TryGather(_server.Handle(upload)).Should().BeTrue();
        }

        new FileInfo(LogPath).Length.Should().Be(first, "nothing is acknowledged yet");
        _files.Save(state: null);
        byte[] log = File.ReadAllBytes(LogPath);
        byte[] state = File.ReadAllBytes(StatePath);

        for (int length = first; length <= log.Length; length += length < first + 30 || length > log.Length - 30 ? 1 : 997)
        {
            File.WriteAllBytes(StatePath, state);
            File.WriteAllBytes(NewestPath, newest);
            File.WriteAllBytes(LogPath, log[..length]);
            using FederationServer restored = Restart(out _);
            restored.Contributions.Should().HaveCount(length == log.Length ? 3 : 1, "of {0} bytes", length);
        }
    }

    /// <summary>A step whose state must be saved is saved with what was gathered before it.</summary>
    [Fact]
    public void State_HasWhatWasGatheredBeforeIt()
    {
        _files.TryGather(_server.Handle(_uploads[0])).Should().BeTrue();
        _files.TryGather(_server.Handle(_uploads[1])).Should().BeTrue();
        _files.TryGather(_server.Handle(_uploads[2])).Should().BeTrue();
        ServerStep last = _server.Handle(_uploads[3]);
        _files.TryGather(last).Should().BeFalse();

        _files.Save(last.State);

        File.Exists(LogPath).Should().BeFalse();
        using FederationServer restored = Restart(out StateStamp? saved);
        saved.Should().Be(last.State!.Stamp);
        restored.Phase.Should().Be(ServerPhase.Opening);
    }

    /// <summary>Runs a job up to its uploads, for tests of what a step changed.</summary>
    internal static async Task<StateFilesTests> CreateAsync()
    {
        var created = new StateFilesTests();
        await created.InitializeAsync();
        return created;
    }

    /// <summary>Hands uploads to the server, whose steps must be looked at one after the other.</summary>
    internal IEnumerable<ServerStep> Upload(int count) => _uploads.Take(count).Select(upload => _server.Handle(upload));

    private void Take(Kept message)
    {
        ServerStep step = _server.Handle(message.OpenRead());
        _files.Save(_files.TryGather(step, message) ? null : step.State);
    }

    private ServerStep Take(ServerStep step)
    {
        _files.Save(step);
        return step;
    }

    private FederationServer Restart(out StateStamp? saved)
    {
        _files = new StateFiles(_folder, _folder);
        return _files.Open(Setup, out saved);
    }

    /// <summary>A message that can be kept for the log.</summary>
    private sealed class Kept(ReadOnlyMemory<byte> bytes) : IStoredMessage
    {
        public long Length => bytes.Length;

        public byte[]? Bytes => null;

        public bool IsLasting { get; init; } = true;

        public bool IsKept { get; private set; }

        public void CopyTo(Span<byte> destination) => bytes.Span.CopyTo(destination);

        public Stream OpenRead() => new MemoryStream(bytes.ToArray());

        public void Keep(Digest digest) => IsKept = true;

        public void Release() => IsKept = false;
    }
}
