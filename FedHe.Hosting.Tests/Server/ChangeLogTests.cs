using FedHe.Hosting.Folders;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.Tests.Server;

/// <summary>The log of what changed since the state was saved.</summary>
public sealed class ChangeLogTests : IDisposable
{
    private static readonly byte[][] Changes = [[1, 2, 3], [4], [.. Enumerable.Range(0, 50).Select(i => (byte)i)]];

    private readonly string _root = Directory.CreateTempSubdirectory("fedhe-changes-").FullName;
    private readonly PartyFolder _folder;

    public ChangeLogTests() => _folder = PartyFolder.Open(_root);

    private string LogPath => Path.Combine(_root, PartyFiles.Changes);

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Appended_IsReadInItsOrder_AndClearedIsGone()
    {
        ChangeLog log = Write();

        Read().Should().BeEquivalentTo(Changes, options => options.WithStrictOrdering());
        log.Length.Should().Be(new FileInfo(LogPath).Length);

        log.Clear();
        log.Length.Should().Be(0);
        Read().Should().BeEmpty();
        log.Clear();
        log.Append([9]);
        Read().Should().ContainSingle().Which.Should().Equal(9);
    }

    [Fact]
    public void Log_CutAtAnyByte_HasWhatIsWhole()
    {
        Write();
        byte[] bytes = File.ReadAllBytes(LogPath);
        int first = 12 + Changes[0].Length;
        int second = first + 12 + Changes[1].Length;
        for (int length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(LogPath, bytes[..length]);
            Read().Should().HaveCount(length < first ? 0 : length < second ? 1 : 2, "of {0} bytes", length);
        }
    }

    /// <summary>Where the power failed, a file may have the length of what was written, and not its bytes.</summary>
    [Fact]
    public void Frame_AtTheEnd_WithOtherBytes_IsPassedOver()
    {
        Write();
        byte[] bytes = File.ReadAllBytes(LogPath);
        Array.Clear(bytes, bytes.Length - 20, 20);
        File.WriteAllBytes(LogPath, bytes);

        Read().Should().HaveCount(2);
    }

    [Fact]
    public void Frame_InTheMiddle_WithOtherBytes_IsLeftToTheServer()
    {
        Write();
        byte[] bytes = File.ReadAllBytes(LogPath);
        bytes[13] ^= 1;
        File.WriteAllBytes(LogPath, bytes);

        Read().Should().HaveCount(3, "its server refuses it");
    }

    /// <summary>What was appended with one flush is there as a whole, or not at all.</summary>
    [Fact]
    public async Task Group_CutAtAnyByte_IsThereAsAWhole_OrNotAtAll()
    {
        using StateFilesTests steps = await StateFilesTests.CreateAsync();
        var log = new ChangeLog(_folder);
        log.Append(Changes[0]);
        int first = (int)log.Length;
        byte[][] group = [.. steps.Upload(3).Select(step => log.Gather(step.Change!).ToArray())];
        log.Length.Should().Be(first, "nothing is appended yet");
        log.GatheredLength.Should().Be(group.Sum(change => 12 + change.Length));
        log.Flush();
        byte[] bytes = await File.ReadAllBytesAsync(LogPath);
        log.Length.Should().Be(bytes.Length);
        log.GatheredLength.Should().Be(0);

        Read().Should().BeEquivalentTo([Changes[0], .. group], options => options.WithStrictOrdering());
        int[] frames = [0, 1, 11, 12, 13, 12 + group[0].Length, 13 + group[0].Length, 24 + group[0].Length, bytes.Length - first - 1];
        foreach (int length in frames)
        {
            await File.WriteAllBytesAsync(LogPath, bytes[..(first + length)]);
            Read().Should().HaveCount(1, "of {0} bytes of the group", length);
        }

        // Where the power failed, any part may be missing.
        foreach (int at in (int[])[first + 100, first + group[0].Length + 100, bytes.Length - 1])
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= 1;
            await File.WriteAllBytesAsync(LogPath, damaged);
            Read().Should().HaveCount(1, "of byte {0}", at);
        }
    }

    [Fact]
    public async Task Group_ThatIsForgotten_IsNotAppended()
    {
        using StateFilesTests steps = await StateFilesTests.CreateAsync();
        ServerStep[] all = [.. steps.Upload(2)];
        var log = new ChangeLog(_folder);
        log.Gather(all[^1].Change!);

        log.Forget();
        log.Flush();

        Read().Should().BeEmpty();
        log.Append(Changes[1]);
        Read().Should().ContainSingle().Which.Should().Equal(Changes[1]);
    }

    private ChangeLog Write()
    {
        var log = new ChangeLog(_folder);
        Array.ForEach(Changes, change => log.Append(change));
        return log;
    }

    private List<byte[]> Read() => [.. ChangeLog.Read(LogPath).Select(change => change.ToArray())];
}
