using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Files;

/// <summary>What of a client's folder is deleted and when: nothing of others, nothing before a state has what it names, and nothing that a newer state may name.</summary>
public sealed class FileFolderTests
{
    [Fact]
    public async Task Restore_BesideTheFilesOfABackup_DeletesNone()
    {
        using FileLab lab = await FileLab.CreateAsync();
        byte[]? backup = null;
        var files = new Dictionary<string, byte[]>();
        lab.AfterStep = step =>
        {
            if (backup is null && step is { ModelRound: 1, State: not null })
            {
                backup = step.State.ToArray();
                files = lab.FilesIn().ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(lab.Folder, name)));
            }
        };
        await lab.RunAsync();
        lab.Client.Dispose();
        StateStamp.TryRead(lab.Saved, out StateStamp? newest).Should().BeTrue();
        lab.FilesIn().ToList().ForEach(name => File.Delete(Path.Combine(lab.Folder, name)));
        files.ToList().ForEach(file => File.WriteAllBytes(Path.Combine(lab.Folder, file.Key), file.Value));

        FluentActions.Invoking(() => FederationClient.Restore(lab.SetupOn(new()), lab.Saved!, newest)).Should().Throw<StateRefusedException>()
            .Which.Error.Should().Be(StateError.FileMissing);

        lab.FilesIn().Should().BeEquivalentTo(files.Keys);
        using FederationClient restored = FederationClient.Restore(lab.SetupOn(new()), backup!);
        restored.ModelRound.Should().Be(1);
    }

    [Fact]
    public async Task Files_OfOthers_Stay()
    {
        using FileLab lab = await FileLab.CreateAsync();
        string id = "0123456789abcdef0123456789abcdef";
        string[] others = [$"{id}.jpg", $"{id}.sum", $"{id}.model.bak", $"{id}.part", $"{id.ToUpperInvariant()}.model", $"{id}0.model", id, "lock.model", "best.model"];
        others.ToList().ForEach(name => File.WriteAllText(Path.Combine(lab.Folder, name), name));
        File.WriteAllText(Path.Combine(lab.Folder, $"{id}.model"), "its own");

        await lab.RunAsync();
        lab.Restart();

        lab.FilesIn().Should().Contain(others).And.NotContain($"{id}.model").And.HaveCount(others.Length + 2);
    }

    /// <summary>A power cut may undo a renaming, so the rest of a file may be the only copy of what a newer state names.</summary>
    [Fact]
    public async Task Rest_ThatANewerStateNames_OutlivesOlderStatesAndNewClients()
    {
        using FileLab lab = await FileLab.CreateAsync();
        byte[]? old = null;
        lab.AfterStep = step => old ??= step.State?.ToArray();
        await lab.RunAsync();
        lab.Client.Dispose();
        string model = Directory.GetFiles(lab.Folder, "*.model").Single();
        File.Move(model, model + ".part");

        FluentActions.Invoking(() => FederationClient.Restore(lab.SetupOn(new()), old!)).Should().Throw<StateRefusedException>("its upload is gone");
        new FederationClient(lab.SetupOn(new())).Dispose();

        lab.Restart();
        lab.Client.ModelRound.Should().Be(2);
    }

    /// <summary>A newer state may name files that an old one does not know, until the old one has gone on.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task State_WhoseFilesAreThere_DeletesOthersWhenItIsTheNewest(bool isNewest)
    {
        using FileLab lab = await FileLab.CreateAsync();
        ClientStep step = await lab.Client.HandleAsync(lab.Invite());
        byte[] state = step.State!.ToArray();
        byte[] acknowledgement = lab.Bench.Server.Receive(step.Outgoing.Single().Bytes).Single().Bytes.ToArray();
        lab.Client.Dispose();
        string other = Path.Combine(lab.Folder, "0123456789abcdef0123456789abcdef.model");
        File.WriteAllText(other, "a newer one");

        using FederationClient resumed = FederationClient.Restore(lab.SetupOn(new()), state, isNewest ? step.State.Stamp : null);
        File.Exists(other).Should().Be(!isNewest);
        (await resumed.HandleAsync(acknowledgement)).State.Should().NotBeNull();
        File.Exists(other).Should().Be(!isNewest, "the state is not on the disk yet");
        await resumed.HandleAsync(acknowledgement);

        File.Exists(other).Should().BeFalse();
    }

    [Fact]
    public async Task Upload_ThatWasNotKept_IsNotMissedByAClientThatKeepsThem()
    {
        using FileLab lab = await FileLab.CreateAsync(keeps: false);
        ReadOnlyMemory<byte> invitation = lab.Invite();
        SignedMessage upload = (await lab.Client.HandleAsync(invitation)).Outgoing.Single();
        ClientStep acknowledged = await lab.Client.HandleAsync(lab.Bench.Server.Receive(upload.Bytes).Single().Bytes);
        byte[] state = acknowledged.State!.ToArray();
        await lab.Client.HandleAsync(invitation);
        lab.FilesIn().Should().BeEmpty();
        lab.Client.Dispose();
        FederationClientSetup setup = lab.SetupOn(new());

        using FederationClient resumed = FederationClient.Restore(
            setup with { Files = setup.Files! with { KeepsAcknowledgedUploads = true } }, state, acknowledged.State.Stamp);

        (await resumed.HandleAsync(invitation)).Ignored.Should().Be(IgnoredReason.UploadNotKept);
        lab.Trainer.Results.Should().ContainSingle();
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("changed")]
    [InlineData("shorter")]
    public async Task Upload_ThatTheServerHas_IsNotNeededToGoOn(string what)
    {
        using FileLab lab = await FileLab.CreateAsync();
        ReadOnlyMemory<byte> invitation = lab.Invite();
        SignedMessage upload = (await lab.Client.HandleAsync(invitation)).Outgoing.Single();
        ClientStep acknowledged = await lab.Client.HandleAsync(lab.Bench.Server.Receive(upload.Bytes).Single().Bytes);
        byte[] state = acknowledged.State!.ToArray();
        lab.Client.Dispose();
        Spoil(Path.Combine(lab.Folder, lab.FilesIn().Single()), what);

        using FederationClient resumed = FederationClient.Restore(lab.SetupOn(new()), state, acknowledged.State.Stamp);

        ClientStep again = await resumed.HandleAsync(invitation);
        (again.Ignored, again.Outgoing.Length).Should().Be((IgnoredReason.UploadNotKept, 0));
        lab.Trainer.Results.Should().ContainSingle("it never encrypts something else for the slot");
    }

    [Fact]
    public async Task Folder_WithARelativePath_IsTheSameInAnotherDirectory()
    {
        using FileLab lab = await FileLab.CreateAsync();
        ClientStep step = await lab.Client.HandleAsync(lab.Invite());
        byte[] state = step.State!.ToArray();
        lab.Client.Dispose();
        FederationClientSetup setup = lab.SetupOn(new());
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, lab.Folder);

        using FederationClient resumed = FederationClient.Restore(setup with { Files = setup.Files! with { Folder = relative } }, state);

        resumed.UnacknowledgedMessages.Single().File!.FullPath.Should().Be(Path.Combine(lab.Folder, lab.FilesIn().Single()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("lock")]
    [InlineData("a\0b")]
    [InlineData("0123456789abcdef0123456789abcdeg.model")]
    [InlineData("0123456789abcdef0123456789abcdef.model.part")]
    public void Name_ThatNoFolderGives_IsNone(string name) => Orchestration.Files.ClientFolder.IsName(name).Should().BeFalse();

    /// <summary>A log line must not read gigabytes, nor fail because a file is gone.</summary>
    [Fact]
    public async Task Step_Printed_ReadsNoMessage()
    {
        using FileLab lab = await FileLab.CreateAsync();
        ClientStep step = await lab.Client.HandleAsync(lab.Invite());
        File.Delete(Path.Combine(lab.Folder, lab.FilesIn().Single()));

        step.ToString().Should().Contain($"Upload, {step.Outgoing.Single().Length} bytes");
    }

    internal static void Spoil(string path, string what)
    {
        byte[] bytes = File.ReadAllBytes(path);
        byte[] changed = [.. bytes];
        changed[^80] ^= 1;
        File.Delete(path);
        if (what != "missing")
        {
            File.WriteAllBytes(path, what == "changed" ? changed : bytes[..^1]);
        }
    }
}
