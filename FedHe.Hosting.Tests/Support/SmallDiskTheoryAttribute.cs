namespace FedHe.Hosting.Tests.Support;

/// <summary>A theory that fills a disk of its own; where there can be none it is skipped, and counted.</summary>
internal sealed class SmallDiskTheoryAttribute : TheoryAttribute
{
    public SmallDiskTheoryAttribute() => Skip = SmallDisk.WhyNot;
}
