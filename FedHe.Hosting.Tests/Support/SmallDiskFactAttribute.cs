namespace FedHe.Hosting.Tests.Support;

/// <summary>A test that fills a disk of its own; where there can be none it is skipped, and counted.</summary>
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() => Skip = SmallDisk.WhyNot;
}
