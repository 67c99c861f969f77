using FedHe.Hosting.AspNetCore.Endpoints;
using FedHe.Hosting.Tests.Support;

namespace FedHe.Hosting.Tests.Server;

/// <summary>A message that comes with one request is in memory where it is short, and otherwise in a file that goes with the request.</summary>
public sealed class ArrivingMessageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-arriving-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Message_ThatIsLong_IsReadFromItsFile()
    {
        byte[] bytes = new byte[200_000];
        new Random(1).NextBytes(bytes);
        string path = Path.Combine(_folder.FullName, "one");
        ArrivingMessage message = await ArrivingBodies.MessageOf(bytes);
        await message.TakeAsync(path, CancellationToken.None);

        message.Bytes.Should().BeNull();
        using Stream stream = message.OpenRead();
        stream.Length.Should().Be(bytes.Length);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        read.ToArray().Should().Equal(bytes);
        stream.Seek(-64, SeekOrigin.End);
        byte[] end = new byte[64];
        stream.ReadExactly(end);
        end.Should().Equal(bytes[^64..]);

        message.Dispose();
        File.Exists(path).Should().BeFalse();
        stream.Position = 0;
        stream.Invoking(one => one.ReadByte()).Should().Throw<ObjectDisposedException>("the number of the file may be another file's now");
    }
}
