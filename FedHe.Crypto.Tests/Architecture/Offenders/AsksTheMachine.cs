using System.Security.Cryptography;

namespace FedHe.Crypto.Tests.Architecture.Offenders;

public static class AsksTheMachine
{
    public static int Processors => Environment.ProcessorCount;

    public static DateTime Now => DateTime.UtcNow;

    public static double Guess() => new System.Random().NextDouble();

    public static int GuessUnhedged() => RandomNumberGenerator.GetInt32(6);

    public static void Say() => Console.WriteLine();
}
