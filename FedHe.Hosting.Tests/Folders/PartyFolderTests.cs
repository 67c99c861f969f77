using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Folders;

/// <summary>The folder of a party, and what opens its secrets.</summary>
public sealed class PartyFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fedhe-folder-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Open_WhileAnotherWorks_IsRefused()
    {
        using PartyFolder first = PartyFolder.Open(_root);

        FluentActions.Invoking(() => PartyFolder.Open(_root)).Should().Throw<HostingException>().Which.Error.Should().Be(HostingError.FolderInUse);
    }

    [Fact]
    public void Open_WhereAFileLies_IsRefused()
    {
        string path = Path.Combine(_root, "file");
        File.WriteAllText(path, "x");

        FluentActions.Invoking(() => PartyFolder.Open(path)).Should().Throw<HostingException>().Which.Error.Should().Be(HostingError.FolderNotWritable);
    }

    [Fact]
    public void Open_DeletesWhatWasNotFinished()
    {
        File.WriteAllText(Path.Combine(_root, "round.state.0.new"), "half");
        File.WriteAllText(Path.Combine(_root, "round.state"), "whole");

        using PartyFolder folder = PartyFolder.Open(_root);

        Directory.GetFiles(_root, "*.new").Should().BeEmpty();
        folder.TryRead("round.state").Should().NotBeNull();
    }

    [Fact]
    public void Replace_ThatFails_LeavesTheOldFile()
    {
        using PartyFolder folder = PartyFolder.Open(_root);
        folder.Replace("name", [1]);
        Directory.CreateDirectory(Path.Combine(_root, "taken"));

        folder.Invoking(one => one.Replace("taken", [2])).Should().Throw<IOException>();
        folder.Invoking(one => one.Replace("name", bytes => throw new InvalidOperationException())).Should().Throw<InvalidOperationException>();

        folder.TryRead("name").Should().Equal(1);
        Directory.GetFiles(_root, "*.new").Should().BeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(39)]
    [InlineData(500)]
    public void Job_ThatIsNone_IsRefused(int length)
    {
        using PartyFolder folder = PartyFolder.Open(_root);
        folder.Replace(PartyFiles.Job, new byte[length]);

        FluentActions.Invoking(() => JobFile.Read(folder)).Should().Throw<HostingException>().Which.Error.Should().Be(HostingError.FileRefused);
    }

    [Theory]
    [InlineData(null, HostingError.ProtectorMissing)]
    [InlineData("nowhere", HostingError.FileMissing)]
    [InlineData("short", HostingError.FileRefused)]
    [InlineData("open", HostingError.FileRefused)]
    public void Password_ThatIsNotAsItMustBe_IsRefused(string? name, HostingError error)
    {
        using ServiceProvider services = new ServiceCollection().BuildServiceProvider();
        Write("short", "12345678901", UnixFileMode.UserRead);
        Write("open", "1234567890123456", UnixFileMode.UserRead | UnixFileMode.OtherRead);

        FluentActions.Invoking(() => PartyProtector.Open(services, "small", name is null ? null : Path.Combine(_root, name)))
            .Should().Throw<HostingException>().Which.Error.Should().Be(error);
    }

    private void Write(string name, string password, UnixFileMode mode)
    {
        string path = Path.Combine(_root, name);
        File.WriteAllText(path, password);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }
}
