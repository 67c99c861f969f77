using FedHe.Hosting.Folders;

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

    private ChangeLog Write()
    {
        var log = new ChangeLog(_folder);
        Array.ForEach(Changes, change => log.Append(change));
        return log;
    }

    private List<byte[]> Read() => [.. ChangeLog.Read(LogPath).Select(change => change.ToArray())];
}
