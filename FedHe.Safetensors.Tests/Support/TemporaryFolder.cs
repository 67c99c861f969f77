namespace FedHe.Safetensors.Tests.Support;

/// <summary>A folder of one test, which is deleted after it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Location { get; } = Directory.CreateTempSubdirectory("fedhe-safetensors-").FullName;

    public string PathOf(string name) => Path.Combine(Location, name);

    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(PathOf(name), content);
        return PathOf(name);
    }

    public string Write(string name, string content)
    {
        File.WriteAllText(PathOf(name), content);
        return PathOf(name);
    }

    public void Dispose() => Directory.Delete(Location, recursive: true);
}
